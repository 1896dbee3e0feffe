import java.net.URI;
import java.nio.file.Path;
import jp.onshimock.client.Client;
import jp.onshimock.client.Identity;
import jp.onshimock.client.Message;
import jp.onshimock.client.OnshiException;
import jp.onshimock.client.Person;

/** At the reception desk: is this patient insured today? Run from the folder in which onshi-mock was started. */
class Reception {
    public static void main(String[] arguments) throws Exception {
        Path terminal = Path.of("onshi-data/institutions/1319999916-01");
        Identity identity = Identity.fromPem(terminal.resolve("certificate.pem"), terminal.resolve("key.pem"));
        var client = new Client(new Client.Settings(
                URI.create("https://localhost:8443"), "1319999916", identity, Path.of("onshi-data/ca/root.pem")));
        var patient = new Person("06139992", "１２３", "４５６", "00", "19800101");
        try {
            Message result = client.qualification(patient);
            for (Message found : result.all("MessageBody/ResultList/ResultOfQualificationConfirmation")) {
                System.out.println(found.text("Name") + " " + found.text("InsurerName"));
            }
            System.out.println("validity " + result.text("MessageBody/QualificationValidity"));
        } catch (OnshiException.LineRefused | OnshiException.CertificateRefused error) {
            System.err.println("call the vendor: " + error.getMessage());
            System.exit(1);
        } catch (OnshiException.ServiceDown error) {
            System.err.println("try again later: " + error.getMessage());
            System.exit(1);
        }
    }
}
