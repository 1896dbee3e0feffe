"""At the reception desk: is this patient insured today? Run from the folder in which onshi-mock was started."""

import sys

from onshi_client import CertificateRefused, Client, Identity, LineRefused, OnshiError, Person, ServiceDown

TERMINAL = "onshi-data/institutions/1319999916-01"


def main() -> int:
    identity = Identity.from_pem(f"{TERMINAL}/certificate.pem", f"{TERMINAL}/key.pem")
    client = Client("https://localhost:8443", "1319999916", identity, "onshi-data/ca/root.pem")
    patient = Person(insurer="06139992", symbol="１２３", number="４５６", branch="00", born="19800101")
    try:
        result = client.qualification(patient)
    except (LineRefused, CertificateRefused) as error:
        print(f"call the vendor: {error}", file=sys.stderr)
        return 1
    except ServiceDown as error:
        print(f"try again later: {error}", file=sys.stderr)
        return 1
    except OnshiError as error:
        print(error, file=sys.stderr)
        return 1
    for found in result.all("MessageBody/ResultList/ResultOfQualificationConfirmation"):
        print(found.text("Name"), found.text("InsurerName"))
    print("validity", result.text("MessageBody/QualificationValidity"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
