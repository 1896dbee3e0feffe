using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading;
using System.Threading.Tasks;

namespace OnshiClient
{
    /// <summary>Where and as whom a client asks.</summary>
    public sealed class Settings
    {
        /// <summary>For example https://localhost:8443.</summary>
        public Uri Service { get; set; }

        /// <summary>医療機関コード, 10 digits: the one of the certificate.</summary>
        public string Institution { get; set; }

        /// <summary>The certificate of the terminal with its key, as <c>new X509Certificate2(file, password)</c> reads
        /// it from PKCS#12; null presents none.</summary>
        public X509Certificate2 Identity { get; set; }

        /// <summary>The only authority that is trusted; null leaves it to the machine's store, as Mono must.</summary>
        public X509Certificate2 Authority { get; set; }

        /// <summary>Of requests; answers are read as they declare themselves.</summary>
        public WireEncoding Encoding { get; set; } = WireEncoding.Utf8;

        /// <summary>For one attempt.</summary>
        public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

        /// <summary>How often a service that is down is asked.</summary>
        public int Attempts { get; set; } = 3;

        /// <summary>After the first failure; twice as long after each further one.</summary>
        public TimeSpan Pause { get; set; } = TimeSpan.FromMilliseconds(500);
    }

    /// <summary>What came back with HTTP 200.</summary>
    public sealed class Reply
    {
        /// <summary>The media type, without parameters.</summary>
        public string ContentType { get; internal set; }

        /// <summary>The body.</summary>
        public byte[] Body { get; internal set; }
    }

    /// <summary>Asks one service over HTTPS as one terminal. Safe for several threads.</summary>
    public sealed class Client
    {
        /// <summary>The real service and its networks. A test client never calls them.</summary>
        private static readonly string[] RealDomains =
        {
            "onshikaku.org", "oqs-pdl.org", "flets-east.jp", "flets-west.jp", "lineauth.mnw", "managedpki.ne.jp",
        };

        private readonly Settings settings;
        private volatile string distrust;

        /// <summary>A client; nothing is asked yet.</summary>
        public Client(Settings settings)
        {
            var host = settings.Service.Host.TrimEnd('.').ToLowerInvariant();
            if (settings.Service.Scheme != "https")
                throw new ArgumentException(settings.Service + ": expected an address such as https://localhost:8443");
            if (RealDomains.Any(domain => host == domain || host.EndsWith("." + domain, StringComparison.Ordinal)))
                throw new ArgumentException(host + " belongs to the real service, which a test client never calls");
            this.settings = settings;
            // .NET Framework doesn't offer it everywhere by itself.
            ServicePointManager.SecurityProtocol |= SecurityProtocolType.Tls12;
        }

        /// <summary>The institution that asks.</summary>
        public string Institution => settings.Institution;

        /// <summary>Reads an authority's certificate from a PEM file.</summary>
        public static X509Certificate2 ReadAuthority(string pemFile)
        {
            var body = Regex.Replace(File.ReadAllText(pemFile), "-----[A-Z ]+-----", "");
            return new X509Certificate2(Convert.FromBase64String(body));
        }

        /// <summary>資格確認. MessageBody/QualificationValidity of the result says whether the person is
        /// insured.</summary>
        public Task<Message> QualificationAsync(Person person, string day = null)
        {
            return AskAsync(Request.Qualification(Institution, person, day));
        }

        /// <summary>照会番号登録.</summary>
        public Task<Message> RegisterReferenceNumberAsync(Person person, string number)
        {
            return AskAsync(Request.ReferenceNumber(Institution, person, number));
        }

        /// <summary>薬剤情報 of the months from the first to the last (yyyyMM).</summary>
        public Task<Message> DrugsAsync(Person person, string first, string last)
        {
            return AskAsync(Request.Drugs(Institution, person, first, last, false));
        }

        /// <summary>The same as PDF.</summary>
        public Task<byte[]> DrugsPdfAsync(Person person, string first, string last)
        {
            return PdfAsync(Request.Drugs(Institution, person, first, last, true));
        }

        /// <summary>特定健診情報.</summary>
        public Task<Message> CheckupsAsync(Person person)
        {
            return AskAsync(Request.Checkups(Institution, person, false));
        }

        /// <summary>The same as PDF.</summary>
        public Task<byte[]> CheckupsPdfAsync(Person person)
        {
            return PdfAsync(Request.Checkups(Institution, person, true));
        }

        /// <summary>Begins a bulk job and gives its reception number.</summary>
        public async Task<string> SubmitAsync(IEnumerable<Person> persons, string day = null)
        {
            var accepted = await AskAsync(Request.Bulk(Institution, persons, day)).ConfigureAwait(false);
            return accepted.Text("MessageBody/ReceptionNumber");
        }

        /// <summary>The result of a bulk job; asks at each <paramref name="poll"/> for as long as
        /// <paramref name="patience"/> lasts.</summary>
        public async Task<Message> FetchAsync(string reception, TimeSpan patience, TimeSpan poll)
        {
            var watch = System.Diagnostics.Stopwatch.StartNew();
            while (true)
            {
                var message = await AskAsync(Request.Fetch(Institution, reception)).ConfigureAwait(false);
                if (message.Text("MessageHeader/SegmentOfResult") != "2") return message;
                if (watch.Elapsed + poll > patience) throw new NotReadyException(reception);
                await Task.Delay(poll).ConfigureAwait(false);
            }
        }

        /// <summary>Sends a request and reads its result.</summary>
        public async Task<Message> AskAsync(Request request)
        {
            var body = Message.Encode(request, settings.Encoding);
            var reply = await SendAsync(request.Id, body).ConfigureAwait(false);
            return Message.Decode(reply.Body).Judged();
        }

        /// <summary>Sends the bytes of a request as they are, again and again while the service is down. Each attempt
        /// carries the same Idempotency-Key, so that none begins a second job.</summary>
        public Task<Reply> SendAsync(string message, byte[] body)
        {
            var headers = new Dictionary<string, string> { ["Idempotency-Key"] = Guid.NewGuid().ToString() };
            return PostAsync("/oqs/" + message, body, "application/xml", headers);
        }

        /// <summary>The same for any path of the service.</summary>
        internal async Task<Reply> PostAsync(
            string path, byte[] body, string contentType, IReadOnlyDictionary<string, string> headers)
        {
            var pause = settings.Pause;
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    return await OnceAsync(path, body, contentType, headers).ConfigureAwait(false);
                }
                catch (ServiceDownException error)
                {
                    var cause = error.InnerException ?? error;
                    if (attempt >= settings.Attempts) throw new ServiceDownException(cause.Message, attempt, error);
                }
                await Task.Delay(pause).ConfigureAwait(false);
                pause += pause;
            }
        }

        private async Task<Reply> OnceAsync(
            string path, byte[] body, string contentType, IReadOnlyDictionary<string, string> headers)
        {
            var request = Prepared(path, contentType, headers);
            using (var patience = new CancellationTokenSource(settings.Timeout))
            using (patience.Token.Register(request.Abort))
            {
                try
                {
                    using (var stream = await request.GetRequestStreamAsync().ConfigureAwait(false))
                        await stream.WriteAsync(body, 0, body.Length).ConfigureAwait(false);
                    using (var response = await request.GetResponseAsync().ConfigureAwait(false))
                        return await JudgedAsync((HttpWebResponse)response).ConfigureAwait(false);
                }
                catch (Exception) when (patience.IsCancellationRequested)
                {
                    headers.TryGetValue("Idempotency-Key", out var key);
                    throw new TimedOutException("no answer within " + settings.Timeout, key);
                }
                catch (WebException error) when (error.Response is HttpWebResponse refused)
                {
                    using (refused) return await JudgedAsync(refused).ConfigureAwait(false);
                }
                catch (Exception error) when (error is WebException || error is IOException)
                {
                    throw Failure(error);
                }
            }
        }

        /// <summary>HttpWebRequest and not HttpClient, which presents no certificate under Mono.</summary>
        private HttpWebRequest Prepared(string path, string contentType, IReadOnlyDictionary<string, string> headers)
        {
            var request = WebRequest.CreateHttp(settings.Service.AbsoluteUri.TrimEnd('/') + path);
            request.Method = "POST";
            request.ContentType = contentType;
            request.Accept = contentType.StartsWith("application/json") ? "application/json" : "*/*";
            request.Proxy = null;
            request.AllowAutoRedirect = false;
            // A connection of its own: none is shared between certificates.
            request.KeepAlive = false;
            request.ServerCertificateValidationCallback = (sender, certificate, chain, errors) =>
                IsTrusted(certificate == null ? null : new X509Certificate2(certificate), chain, errors);
            if (settings.Identity != null) request.ClientCertificates.Add(settings.Identity);
            foreach (var header in headers) request.Headers[header.Key] = header.Value;
            return request;
        }

        private static async Task<Reply> JudgedAsync(HttpWebResponse response)
        {
            var body = new MemoryStream();
            using (var stream = response.GetResponseStream())
                await stream.CopyToAsync(body).ConfigureAwait(false);
            var status = (int)response.StatusCode;
            if (status == 200)
                return new Reply { ContentType = response.ContentType.Split(';')[0].Trim(), Body = body.ToArray() };
            if (status >= 500 || status == 408 || status == 429)
                throw new ServiceDownException("HTTP " + status, 1);
            throw OnshiException.Of(status, Encoding.UTF8.GetString(body.ToArray()));
        }

        private OnshiException Failure(Exception error)
        {
            if (distrust != null) return new UntrustedException(distrust, error);
            for (var cause = error; cause != null; cause = cause.InnerException)
            {
                // An alert in or after the handshake: the gate of a service that doesn't explain itself.
                if (cause is AuthenticationException || cause.Message.IndexOf("alert", StringComparison.OrdinalIgnoreCase) >= 0)
                    return new CertificateRefusedException(cause.Message, null, error);
            }
            return new ServiceDownException(error.Message, 1, error);
        }

        private bool IsTrusted(X509Certificate2 certificate, X509Chain chain, SslPolicyErrors errors)
        {
            distrust = Distrust(certificate, chain, errors);
            return distrust == null;
        }

        /// <summary>Why the server isn't trusted; null if it is. The machine's own authorities don't count.</summary>
        private string Distrust(X509Certificate2 certificate, X509Chain sent, SslPolicyErrors errors)
        {
            if (certificate == null || (errors & SslPolicyErrors.RemoteCertificateNameMismatch) != 0)
                return "the server's certificate is for another name";
            if (settings.Authority == null)
                return errors == SslPolicyErrors.None ? null : "the machine doesn't trust the server: " + errors;
            try
            {
                return Distrust(certificate, sent);
            }
            catch (NotSupportedException error)
            {
                // Mono can't check certificates with elliptic curves by itself.
                return error.Message;
            }
        }

        private string Distrust(X509Certificate2 certificate, X509Chain sent)
        {
            using (var chain = new X509Chain())
            {
                chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
                chain.ChainPolicy.VerificationFlags = X509VerificationFlags.AllowUnknownCertificateAuthority;
                chain.ChainPolicy.ExtraStore.Add(settings.Authority);
                foreach (var element in sent.ChainElements) chain.ChainPolicy.ExtraStore.Add(element.Certificate);
                if (!chain.Build(certificate))
                    return string.Join(", ", chain.ChainStatus.Select(status => status.StatusInformation));
                var root = chain.ChainElements[chain.ChainElements.Count - 1].Certificate;
                return root.RawData.SequenceEqual(settings.Authority.RawData)
                    ? null
                    : "the server's certificate is from another authority";
            }
        }

        private async Task<byte[]> PdfAsync(Request request)
        {
            var reply = await SendAsync(request.Id, Message.Encode(request, settings.Encoding)).ConfigureAwait(false);
            if (reply.ContentType == "application/pdf") return reply.Body;
            Message.Decode(reply.Body).Judged();
            throw new BadRequestException("expected a PDF, got " + reply.ContentType);
        }
    }
}
