using System;
using System.Text.RegularExpressions;

namespace OnshiClient
{
    /// <summary>What can go wrong: one class for each thing that a receipt computer has to do about it.</summary>
    public abstract class OnshiException : Exception
    {
        private static readonly Regex Labels = new Regex(@"\b[GCXWT]\d{3}\b");

        /// <summary>With an explanation, and onshi-mock's name of the reason if it gave one.</summary>
        protected OnshiException(string message, string label = null, Exception cause = null) : base(message, cause)
        {
            Label = label;
        }

        /// <summary>onshi-mock's name of the reason, such as G102; null if it gave none.</summary>
        public string Label { get; }

        /// <summary>
        /// The exception for a refusal: HTTP 4xx with onshi-mock's explanation in JSON or XML, or the text of an .err
        /// (status 0). The label's first letter says which step refused; without one the status must do.
        /// </summary>
        internal static OnshiException Of(int status, string text)
        {
            var found = Labels.Match(text);
            var label = found.Success ? found.Value : null;
            var message = status == 0 ? text.Trim() : "HTTP " + status + ": " + text.Trim();
            var first = label == null ? ' ' : label[0];
            if (first == 'G') return new LineRefusedException(message, label);
            if (first == 'C' || label == null && status == 403) return new CertificateRefusedException(message, label);
            if (first == 'W' || status == 401) return new LoginRefusedException(message, label);
            // The terminal's own time-out: it had no answer for minutes.
            if (label == "T103") return new ServiceDownException(message, 1);
            return new BadRequestException(message, label);
        }
    }

    /// <summary>回線認証: the line may not carry this institution's traffic. Mend the registration; asking again is
    /// useless.</summary>
    public sealed class LineRefusedException : OnshiException
    {
        internal LineRefusedException(string message, string label) : base(message, label) { }
    }

    /// <summary>端末認証: there is no certificate, or it is unknown, expired or revoked. Install or renew it.</summary>
    public sealed class CertificateRefusedException : OnshiException
    {
        internal CertificateRefusedException(string message, string label, Exception cause = null)
            : base(message, label, cause) { }
    }

    /// <summary>The request is no message of the interface. A mistake of the program: never ask again
    /// unchanged.</summary>
    public sealed class BadRequestException : OnshiException
    {
        internal BadRequestException(string message, string label = null, Exception cause = null)
            : base(message, label, cause) { }
    }

    /// <summary>The Web API doesn't know the account, or its token has ended. Log in, with another account if need
    /// be.</summary>
    public sealed class LoginRefusedException : OnshiException
    {
        internal LoginRefusedException(string message, string label) : base(message, label) { }
    }

    /// <summary>The service read the request and says no: segment 9, or status 2.</summary>
    public class RejectedException : OnshiException
    {
        internal RejectedException(string code, string text) : base((code + " " + text).Trim())
        {
            Code = code;
        }

        /// <summary>ErrorCode, ProcessingResultCode or MessageId.</summary>
        public string Code { get; }
    }

    /// <summary>The patient hasn't consented to viewing, or no longer: ask them at the card reader.</summary>
    public sealed class NoConsentException : RejectedException
    {
        internal NoConsentException(string code, string text) : base(code, text) { }
    }

    /// <summary>The bulk job is still being worked on. Keep the reception number and fetch later.</summary>
    public sealed class NotReadyException : OnshiException
    {
        internal NotReadyException(string reception) : base("the job " + reception + " is not ready")
        {
            Reception = reception;
        }

        /// <summary>ReceptionNumber.</summary>
        public string Reception { get; }
    }

    /// <summary>The server's certificate isn't from the expected authority. Never go on, never ask again.</summary>
    public sealed class UntrustedException : OnshiException
    {
        internal UntrustedException(string message, Exception cause) : base(message, null, cause) { }
    }

    /// <summary>No connection, or HTTP 5xx, in each attempt. Tell the user, and ask again in some minutes.</summary>
    public sealed class ServiceDownException : OnshiException
    {
        internal ServiceDownException(string message, int attempts, Exception cause = null)
            : base(message + " (attempts: " + attempts + ")", null, cause)
        {
            Attempts = attempts;
        }

        /// <summary>How often it was tried.</summary>
        public int Attempts { get; }
    }

    /// <summary>No answer in time. The request may have been carried out, so ask again under the same key
    /// only.</summary>
    public sealed class TimedOutException : OnshiException
    {
        internal TimedOutException(string message, string key = null) : base(message)
        {
            Key = key;
        }

        /// <summary>The Idempotency-Key of the request; null over the folders.</summary>
        public string Key { get; }
    }
}
