using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;

namespace OnshiClient
{
    /// <summary>The two encodings of the interface.</summary>
    public enum WireEncoding
    {
        /// <summary>UTF-8.</summary>
        Utf8,

        /// <summary>As Windows writes it, with 髙 and ①.</summary>
        ShiftJis,
    }

    /// <summary>A message that was received. Elements are found by path, since their order is not to be relied
    /// on.</summary>
    public sealed class Message
    {
        private static readonly Regex Declaration =
            new Regex(@"^<\?xml[^>]*?encoding\s*=\s*[""']([^""']+)[""'][^>]*\?>");

        private readonly XElement root;

        private Message(XElement root)
        {
            this.root = root;
        }

        /// <summary>Reads a message in the encoding that its declaration names.</summary>
        public static Message Decode(byte[] data)
        {
            // A byte order mark is three question marks in ASCII.
            var head = Encoding.ASCII.GetString(data, 0, Math.Min(data.Length, 200)).TrimStart('?');
            var declared = Declaration.Match(head).Groups[1].Value;
            var shiftJis = declared.Equals("Shift_JIS", StringComparison.OrdinalIgnoreCase);
            try
            {
                var text = Strict(shiftJis ? WireEncoding.ShiftJis : WireEncoding.Utf8).GetString(data);
                var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null };
                using (var reader = XmlReader.Create(new StringReader(text.TrimStart('\uFEFF')), settings))
                {
                    return new Message(XElement.Load(reader));
                }
            }
            catch (Exception error) when (error is XmlException || error is ArgumentException)
            {
                throw new BadRequestException("this is no message: " + error.Message, null, error);
            }
        }

        /// <summary>The text at a path below the root, such as MessageHeader/SegmentOfResult; null if there is
        /// none.</summary>
        public string Text(string path)
        {
            return All(path).FirstOrDefault()?.root.Value;
        }

        /// <summary>Every element at a path, as a message of its own.</summary>
        public IReadOnlyList<Message> All(string path)
        {
            IEnumerable<XElement> found = new[] { root };
            foreach (var name in path.Split('/')) found = found.Elements(name);
            return found.Select(element => new Message(element)).ToList();
        }

        /// <summary>The message itself, or an exception if it says that the request failed.</summary>
        internal Message Judged()
        {
            if (Text("MessageHeader/SegmentOfResult") == "9")
                throw new RejectedException(Text("MessageHeader/ErrorCode"), Text("MessageHeader/ErrorMessage"));
            if (Text("MessageBody/ProcessingResultStatus") == "2")
                throw new RejectedException(
                    Text("MessageBody/ProcessingResultCode"), Text("MessageBody/ProcessingResultMessage"));
            if ((Text("MessageHeader/ResultCode") ?? "1") == "1") return this;
            var code = Text("MessageHeader/MessageId");
            var contents = Text("MessageHeader/MessageContents");
            if (Request.NoConsent.Contains(code)) throw new NoConsentException(code, contents);
            throw new RejectedException(code, contents);
        }

        /// <summary>Writes a request. Fails for a character that the encoding doesn't have.</summary>
        internal static byte[] Encode(Request request, WireEncoding encoding)
        {
            var name = encoding == WireEncoding.Utf8 ? "UTF-8" : "Shift_JIS";
            var content = new XElement(
                "XmlMsg", new XElement("MessageHeader", request.Header), new XElement("MessageBody", request.Body));
            var text = "<?xml version=\"1.0\" encoding=\"" + name + "\" standalone=\"no\"?>\n"
                + content.ToString(SaveOptions.DisableFormatting);
            try
            {
                return Strict(encoding).GetBytes(text);
            }
            catch (EncoderFallbackException error)
            {
                throw new BadRequestException("a character has no place in " + name, null, error);
            }
        }

        private static Encoding Strict(WireEncoding encoding)
        {
            if (encoding == WireEncoding.Utf8) return new UTF8Encoding(false, true);
#if NETSTANDARD
            Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
#endif
            return Encoding.GetEncoding(932, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
        }
    }
}
