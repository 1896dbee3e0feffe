using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading.Tasks;
using OnshiClient;

/// <summary>
/// Plays every behaviour against the service that the environment names, and prints a line of JSON for each. The list
/// and the ground are described in tests/tests/clients of the repository.
/// </summary>
internal static class Behaviours
{
    private const string Validity = "MessageBody/QualificationValidity";
    private const string Found = "MessageBody/ResultList/ResultOfQualificationConfirmation/";

    private static readonly Person Taro = new Person
    {
        Insurer = "06139992", Symbol = "１２３", Number = "４５６", Branch = "00", Born = "19800101",
    };

    private static readonly Person Hanako = new Person
    {
        Insurer = "06139992", Symbol = "１２３", Number = "１００１", Branch = "01", Born = "19820202",
    };

    private static readonly string First = Env("ONSHI_MONTHS").Split('-')[0];
    private static readonly string Last = Env("ONSHI_MONTHS").Split('-')[1];

    private static readonly Dictionary<string, Func<Task>> Plays = new Dictionary<string, Func<Task>>
    {
        // .NET Framework reads keys from PKCS#12 only.
        ["pem"] = null,
        ["pkcs12"] = () => FindsTaro(Asking("ONSHI_SERVICE")),
        ["shift-jis"] = async () =>
        {
            var client = Asking("ONSHI_SERVICE_SJIS", settings => settings.Encoding = WireEncoding.ShiftJis);
            await FindsTaro(client);
            Same((await client.QualificationAsync(Taro)).Text("MessageHeader/CharacterCodeIdentifier"), "1");
        },
        ["vectors"] = Vectors,
        ["answers"] = Answers,
        ["folders"] = async () =>
        {
            var request = Request.Qualification(Env("ONSHI_INSTITUTION"), Taro, null, "csharp");
            var answer = await new Folders(Env("ONSHI_EXCHANGE")).AskAsync(request, "csharp_1");
            Same(answer.Text(Validity), "1");
            Same(answer.Text("MessageHeader/ArbitraryFileIdentifier"), "csharp");
        },
        ["folders-refused"] = () => Raises<BadRequestException>(() =>
            new Folders(Env("ONSHI_EXCHANGE")).ExchangeAsync("OQSsiquc01", "csharp_2", Encoding.UTF8.GetBytes("<XmlMsg>"))),
        ["bulk"] = async () =>
        {
            var client = Asking("ONSHI_SERVICE");
            var reception = await client.SubmitAsync(new[] { Taro, Hanako });
            var answer = await client.FetchAsync(reception, TimeSpan.FromMinutes(1), TimeSpan.FromMilliseconds(200));
            var units = answer.All("MessageBody/BulkConfirmUnit");
            Same(string.Join(",", units.Select(unit => unit.Text("QualificationValidity"))), "1,1");
        },
        ["not-ready"] = async () =>
        {
            var client = Asking("ONSHI_SERVICE");
            var reception = await client.SubmitAsync(new[] { Taro });
            var error = await Raises<NotReadyException>(
                () => client.FetchAsync(reception, TimeSpan.Zero, TimeSpan.FromSeconds(1)));
            Same(error.Reception, reception);
        },
        ["reference-number"] = async () =>
        {
            await Asking("ONSHI_SERVICE").RegisterReferenceNumberAsync(Taro, "0000000042");
            Same((await Asking("ONSHI_SERVICE").QualificationAsync(Taro)).Text(Found + "ReferenceNumber"), "0000000042");
        },
        ["drugs"] = async () =>
        {
            var answer = await Asking("ONSHI_SERVICE").DrugsAsync(Taro, First, Last);
            Same(answer.All("MessageBody/MeTrMonthInf").Any(), true);
        },
        ["drugs-pdf"] = async () => IsPdf(await Asking("ONSHI_SERVICE").DrugsPdfAsync(Taro, First, Last)),
        ["checkups"] = async () =>
        {
            var answer = await Asking("ONSHI_SERVICE").CheckupsAsync(Taro);
            Same(answer.All("MessageBody/SpecificHealthCheckupInfo").Any(), true);
            IsPdf(await Asking("ONSHI_SERVICE").CheckupsPdfAsync(Taro));
        },
        ["no-consent"] = async () =>
        {
            await Raises<NoConsentException>(() => Asking("ONSHI_SERVICE").DrugsAsync(Hanako, First, Last));
            await Raises<NoConsentException>(() => Asking("ONSHI_SERVICE").CheckupsPdfAsync(Hanako));
        },
        ["web-api"] = async () =>
        {
            var session = await WebApi.LoginAsync(Asking("ONSHI_SERVICE"), Env("ONSHI_USER"), Env("ONSHI_PASSWORD"));
            var answer = await session.SearchAsync(Taro);
            Same(answer.Element("MessageBody").Element("QualificationValidity").Value, "1");
        },
        ["web-api-refused"] = () => Raises<LoginRefusedException>(
            () => WebApi.LoginAsync(Asking("ONSHI_SERVICE"), Env("ONSHI_USER"), "wrong")),
        ["line-refused"] = async () =>
        {
            var error = await Raises<LineRefusedException>(() => Asking("ONSHI_UNREGISTERED").QualificationAsync(Taro));
            Same(error.Label, "G102");
        },
        ["certificate-refused"] = async () =>
        {
            var nobody = Asking("ONSHI_SERVICE", settings => settings.Identity = null);
            Same((await Raises<CertificateRefusedException>(() => nobody.QualificationAsync(Taro))).Label, "C101");
        },
        ["handshake-refused"] = () =>
        {
            var nobody = Asking("ONSHI_STRICT", settings => settings.Identity = null);
            return Raises<CertificateRefusedException>(() => nobody.QualificationAsync(Taro));
        },
        ["bad-request"] = async () =>
        {
            var error = await Raises<BadRequestException>(
                () => Asking("ONSHI_SERVICE").SendAsync("OQSsiquc01", Encoding.UTF8.GetBytes("<XmlMsg>")));
            Same(error.Label, "X913");
        },
        ["rejected"] = async () =>
        {
            var other = Asking("ONSHI_SERVICE", settings => settings.Institution = "1349999910");
            Same((await Raises<RejectedException>(() => other.QualificationAsync(Taro))).Code, "OQSX9005E");
        },
        ["service-down"] = async () =>
            Same((await Raises<ServiceDownException>(() => Asking("ONSHI_DOWN").QualificationAsync(Taro))).Attempts, 3),
        ["service-back"] = () => FindsTaro(Asking("ONSHI_FLAKY")),
        ["busy"] = async () =>
        {
            var shiro = new Person
            {
                Insurer = "31139991", Symbol = "国見１", Number = "１００４", Branch = "00", Born = "19850808",
            };
            Same((await Asking("ONSHI_SERVICE").QualificationAsync(shiro)).Text(Validity), "1");
        },
        ["time-out"] = () =>
        {
            var hasty = Asking("ONSHI_SILENT", settings => settings.Timeout = TimeSpan.FromMilliseconds(500));
            return Raises<TimedOutException>(() => hasty.QualificationAsync(Taro));
        },
        ["untrusted"] = () =>
        {
            var other = Client.ReadAuthority(Home("other-ca.pem"));
            var wary = Asking("ONSHI_SERVICE", settings => settings.Authority = other);
            return Raises<UntrustedException>(() => wary.QualificationAsync(Taro));
        },
        ["real-service"] = () =>
        {
            var addresses = new[]
            {
                "https://hweb.oqs.onshikaku.org", "https://HWEB.OQS-ST.ONSHIKAKU.ORG.:8443/", "http://localhost",
            };
            foreach (var address in addresses)
            {
                var taken = true;
                try
                {
                    Asking("ONSHI_SERVICE", settings => settings.Service = new Uri(address));
                }
                catch (ArgumentException)
                {
                    taken = false;
                }
                Same(address + taken, address + false);
            }
            return Task.CompletedTask;
        },
        // The parts for tests are there for other languages.
        ["test-world"] = null,
        ["test-container"] = null,
        ["test-scenario"] = null,
        ["test-clock"] = null,
        ["test-verify"] = null,
        ["test-reset"] = null,
    };

    private static void Main()
    {
        var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false)) { AutoFlush = true };
        foreach (var play in Plays)
        {
            var result = "\"outcome\":\"passed\"";
            try
            {
                if (play.Value == null) result = "\"outcome\":\"not-offered\"";
                else play.Value().GetAwaiter().GetResult();
            }
            catch (Exception error)
            {
                Console.Error.WriteLine(error);
                var detail = new string(error.ToString().Select(each => each < ' ' || each == '"' || each == '\\' ? ' ' : each).ToArray());
                result = "\"outcome\":\"failed\",\"detail\":\"" + detail + "\"";
            }
            output.Write("{\"behaviour\":\"" + play.Key + "\"," + result + "}\n");
        }
    }

    private static async Task Vectors()
    {
        foreach (var file in Files("ONSHI_VECTORS"))
            Holds(file, (await Asking("ONSHI_SERVICE").SendAsync("OQSsiquc01", File.ReadAllBytes(file))).Body);
    }

    private static Task Answers()
    {
        foreach (var file in Files("ONSHI_ANSWERS")) Holds(file, File.ReadAllBytes(file));
        return Task.CompletedTask;
    }

    private static string[] Files(string folder)
    {
        var files = Directory.GetFiles(Env(folder), "*.xml");
        Same(files.Any(), true);
        return files;
    }

    /// <summary>The answer holds what is expected beside the file.</summary>
    private static void Holds(string file, byte[] data)
    {
        var answer = Message.Decode(data);
        foreach (var line in File.ReadAllLines(Path.ChangeExtension(file, "expected")))
        {
            var expected = line.Split(new[] { '=' }, 2);
            Same(file + " " + answer.Text(expected[0]), file + " " + expected[1]);
        }
    }

    private static async Task FindsTaro(Client client)
    {
        var answer = await client.QualificationAsync(Taro);
        Same(answer.Text(Validity), "1");
        Same(answer.Text(Found + "Name"), "見本　太郎");
    }

    private static void IsPdf(byte[] data)
    {
        Same(Encoding.ASCII.GetString(data, 0, 5), "%PDF-");
    }

    private static void Same(object found, object expected)
    {
        if (!Equals(found, expected)) throw new Exception("expected " + expected + ", got " + found);
    }

    private static async Task<E> Raises<E>(Func<Task> action) where E : OnshiException
    {
        try
        {
            await action();
        }
        catch (E error) when (error.GetType() == typeof(E))
        {
            return error;
        }
        throw new Exception("expected " + typeof(E).Name);
    }

    private static Client Asking(string service, Action<Settings> change = null)
    {
        var settings = new Settings
        {
            // Mono knows no certificates for addresses.
            Service = new Uri(Env(service).Replace("127.0.0.1", "localhost")),
            Institution = Env("ONSHI_INSTITUTION"),
            Identity = new X509Certificate2(Home("legacy.p12"), "onshi-mock"),
            // Put into the store by mono.sh.
            Authority = null,
            Pause = TimeSpan.FromMilliseconds(50),
        };
        change?.Invoke(settings);
        return new Client(settings);
    }

    private static string Home(string file)
    {
        return Path.Combine(Env("ONSHI_HOME"), file);
    }

    private static string Env(string name)
    {
        return Environment.GetEnvironmentVariable(name) ?? throw new Exception(name + " is not set");
    }
}
