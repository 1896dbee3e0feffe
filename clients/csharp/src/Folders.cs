using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;

namespace OnshiClient
{
    /// <summary>The exchange folders of the terminal: a request as a file in req, its answer in res.</summary>
    public sealed class Folders
    {
        private readonly string exchange;

        /// <summary><paramref name="exchange"/> is the folder that holds req and res.</summary>
        public Folders(string exchange)
        {
            this.exchange = exchange;
        }

        /// <summary>Of requests.</summary>
        public WireEncoding Encoding { get; set; } = WireEncoding.ShiftJis;

        /// <summary>How long an answer is waited for.</summary>
        public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(3);

        /// <summary>Pause between two looks.</summary>
        public TimeSpan Poll { get; set; } = TimeSpan.FromMilliseconds(300);

        /// <summary>Writes a request, waits for its result, and takes it away. <paramref name="name"/> is the free part
        /// of the file's name.</summary>
        public async Task<Message> AskAsync(Request request, string name)
        {
            var data = Message.Encode(request, Encoding);
            return Message.Decode(await ExchangeAsync(request.Id, name, data).ConfigureAwait(false)).Judged();
        }

        /// <summary>The same for bytes. An .err becomes the exception that it explains. After TimedOutException don't
        /// write the request again: the answer may still come, under the same name.</summary>
        public async Task<byte[]> ExchangeAsync(string message, string name, byte[] data)
        {
            var req = Path.Combine(exchange, "req");
            // Under another name first, so that nobody takes half a file.
            var draft = Path.Combine(req, "." + name + ".tmp");
            File.WriteAllBytes(draft, data);
            File.Move(draft, Path.Combine(req, message + "req_" + name + ".xml"));
            var wanted = message + "res_" + name;
            var watch = System.Diagnostics.Stopwatch.StartNew();
            while (watch.Elapsed < Timeout)
            {
                var found = Directory.EnumerateFiles(Path.Combine(exchange, "res")).FirstOrDefault(path =>
                    wanted.Equals(Path.GetFileNameWithoutExtension(path), StringComparison.OrdinalIgnoreCase));
                if (found != null) return Taken(found);
                await Task.Delay(Poll).ConfigureAwait(false);
            }
            throw new TimedOutException("no answer to " + message + "req_" + name + ".xml within " + Timeout);
        }

        private static byte[] Taken(string path)
        {
            var data = File.ReadAllBytes(path);
            File.Delete(path);
            if (Path.GetExtension(path).Equals(".err", StringComparison.OrdinalIgnoreCase))
                throw OnshiException.Of(0, System.Text.Encoding.UTF8.GetString(data));
            return data;
        }
    }
}
