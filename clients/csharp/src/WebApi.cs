using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.Serialization.Json;
using System.Text;
using System.Threading.Tasks;
using System.Xml;
using System.Xml.Linq;

namespace OnshiClient
{
    /// <summary>The Web API: a session of one account, whose queries are JSON.</summary>
    public sealed class WebApi
    {
        private const string Login = "/oqs-api-pro/MSA12020/ILI12020SV01/auth";
        private const string Search = "/oqs-api-pro/MSA01030/ILI01030SV01/search";

        private readonly Client client;
        private readonly string token;

        private WebApi(Client client, string token)
        {
            this.client = client;
            this.token = token;
        }

        /// <summary>Logs in. <paramref name="client"/> brings line, certificate and institution.</summary>
        public static async Task<WebApi> LoginAsync(Client client, string user, string password)
        {
            // The names of the two members aren't public; these are onshi-mock's.
            var credentials = new[] { new XElement("userId", user), new XElement("password", password) };
            var headers = new Dictionary<string, string>();
            var answer = await PostAsync(client, Login, Written(credentials), headers).ConfigureAwait(false);
            return new WebApi(client, answer.Element("result")?.Element("idToken")?.Value);
        }

        /// <summary>資格確認 as JSON. The content of XmlMsg, read as elements; those of an array are called
        /// item.</summary>
        public async Task<XElement> SearchAsync(Person person, string day = null)
        {
            var request = Request.Qualification(client.Institution, person, day);
            var message = new XElement(
                "XmlMsg", new XElement("MessageHeader", request.Header), new XElement("MessageBody", request.Body));
            // The id token stands as it is, without "Bearer".
            var headers = new Dictionary<string, string> { ["Authorization"] = token };
            var answer = await PostAsync(client, Search, Written(new[] { message }), headers).ConfigureAwait(false);
            var header = answer.Element("XmlMsg").Element("MessageHeader");
            if (header.Element("SegmentOfResult")?.Value == "9")
                throw new RejectedException(header.Element("ErrorCode")?.Value, header.Element("ErrorMessage")?.Value);
            return answer.Element("XmlMsg");
        }

        private static async Task<XElement> PostAsync(
            Client client, string path, string body, IReadOnlyDictionary<string, string> headers)
        {
            var data = Encoding.UTF8.GetBytes(body);
            var type = "application/json;charset=UTF-8";
            var reply = await client.PostAsync(path, data, type, headers).ConfigureAwait(false);
            // netstandard2.0 reads JSON as XML, which serves as well here.
            using (var reader = JsonReaderWriterFactory.CreateJsonReader(reply.Body, XmlDictionaryReaderQuotas.Max))
            {
                return XElement.Load(reader);
            }
        }

        /// <summary>Elements as a JSON object: every value is a string or an object.</summary>
        private static string Written(IEnumerable<XElement> elements)
        {
            var root = new XElement("root", new XAttribute("type", "object"), elements.Select(Typed));
            using (var data = new MemoryStream())
            {
                using (var writer = JsonReaderWriterFactory.CreateJsonWriter(data, new UTF8Encoding(false), false))
                {
                    root.WriteTo(writer);
                }
                return Encoding.UTF8.GetString(data.ToArray());
            }
        }

        private static XElement Typed(XElement element)
        {
            return element.HasElements
                ? new XElement(element.Name, new XAttribute("type", "object"), element.Elements().Select(Typed))
                : new XElement(element.Name, element.Value);
        }
    }
}
