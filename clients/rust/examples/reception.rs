//! At the reception desk: is this patient insured today? Run from the folder in which onshi-mock was started.
#![expect(clippy::print_stdout, reason = "an example for a terminal")]

use std::fs;

use onshi_client::{Client, Error, Identity, Person, Settings};

fn main() -> Result<(), Error> {
    let terminal = "onshi-data/institutions/1319999916-01";
    let identity = Identity::from_pem(format!("{terminal}/certificate.pem"), format!("{terminal}/key.pem"))?;
    let ca = fs::read("onshi-data/ca/root.pem")?;
    let client = Client::new(Settings::new("https://localhost:8443", "1319999916", identity, ca))?;
    let patient = Person {
        insurer: "06139992".into(),
        symbol: Some("１２３".into()),
        number: "４５６".into(),
        branch: Some("00".into()),
        born: "19800101".into(),
    };
    match client.qualification(&patient) {
        Ok(result) => {
            for name in result.texts("MessageBody/ResultList/ResultOfQualificationConfirmation/Name") {
                println!("{name}");
            }
            println!("validity {}", result.text("MessageBody/QualificationValidity").unwrap_or_default());
            Ok(())
        }
        Err(error @ (Error::LineRefused { .. } | Error::CertificateRefused { .. })) => {
            println!("call the vendor: {error}");
            Err(error)
        }
        Err(error) => Err(error),
    }
}
