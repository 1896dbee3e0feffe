using System;
using System.Security.Cryptography.X509Certificates;
using OnshiClient;

/// <summary>At the reception desk: is this patient insured today? Run from the folder in which onshi-mock was
/// started.</summary>
internal static class Reception
{
    private static int Main(string[] arguments)
    {
        // The PKCS#12 file of the terminal. Old systems read the old kind only: see the README.
        var file = arguments.Length > 0 ? arguments[0] : "onshi-data/institutions/1319999916-01/terminal.p12";
        var settings = new Settings
        {
            Service = new Uri("https://localhost:8443"),
            Institution = "1319999916",
            Identity = new X509Certificate2(file, "onshi-mock"),
            // Mono needs it in the user's store.
            Authority = Type.GetType("Mono.Runtime") == null ? Client.ReadAuthority("onshi-data/ca/root.pem") : null,
        };
        var patient = new Person
        {
            Insurer = "06139992", Symbol = "１２３", Number = "４５６", Branch = "00", Born = "19800101",
        };
        var client = new Client(settings);
        try
        {
            var result = client.QualificationAsync(patient).GetAwaiter().GetResult();
            foreach (var found in result.All("MessageBody/ResultList/ResultOfQualificationConfirmation"))
                Console.WriteLine(found.Text("Name") + " " + found.Text("InsurerName"));
            Console.WriteLine("validity " + result.Text("MessageBody/QualificationValidity"));
            return 0;
        }
        catch (ServiceDownException error)
        {
            Console.Error.WriteLine("try again later: " + error.Message);
        }
        catch (OnshiException error)
        {
            Console.Error.WriteLine("call the vendor: " + error.Message);
        }
        return 1;
    }
}
