//! What can go wrong, one variant for each thing that a receipt computer has to do about it.

use std::io;

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// 回線認証: the line may not carry this institution's traffic. Mend the registration; asking again is useless.
    #[error("the line is refused: {message}")]
    LineRefused {
        /// onshi-mock's name of the reason, such as `G102`.
        label: String,
        /// Its explanation.
        message: String,
    },
    /// 端末認証: there is no certificate, or it is unknown, expired or revoked. Install or renew it.
    #[error("the certificate is refused: {message}")]
    CertificateRefused {
        /// onshi-mock's name of the reason; none if the handshake was ended.
        label: Option<String>,
        /// Its explanation, or that of TLS.
        message: String,
    },
    /// The request is no message of the interface. A mistake of the program: never ask again unchanged.
    #[error("this is no message of the interface: {message}")]
    BadRequest {
        /// onshi-mock's name of the reason.
        label: Option<String>,
        /// Its explanation.
        message: String,
    },
    /// The Web API doesn't know the account, or its token has ended. Log in, with another account if need be.
    #[error("the login is refused: {message}")]
    LoginRefused {
        /// The explanation.
        message: String,
    },
    /// The service read the request and says no: segment 9, or status 2.
    #[error("rejected: {code} {message}")]
    Rejected {
        /// The field's own code.
        code: String,
        /// The field's own message, to be shown unchanged.
        message: String,
    },
    /// The patient hasn't consented to viewing, or no longer: ask them at the card reader.
    #[error("no consent: {code} {message}")]
    NoConsent {
        /// MessageId.
        code: String,
        /// MessageContents, to be shown unchanged.
        message: String,
    },
    /// The bulk job is still being worked on. Keep the reception number and fetch later.
    #[error("the job {reception} is not ready")]
    NotReady {
        /// ReceptionNumber.
        reception: String,
    },
    /// The server's certificate isn't from the expected authority. Never go on, never ask again.
    #[error("the server is not to be trusted: {message}")]
    Untrusted {
        /// What TLS says.
        message: String,
    },
    /// No connection, or HTTP 5xx, in each attempt. Tell the user, and ask again in some minutes.
    #[error("the service is down: {message} (attempts: {attempts})")]
    ServiceDown {
        /// What the last attempt met.
        message: String,
        /// How often it was tried.
        attempts: u32,
    },
    /// No answer in time. The request may have been carried out, so ask again under the same key only.
    #[error("no answer in time to {what}")]
    TimedOut {
        /// The `Idempotency-Key` over HTTPS, the file over the folders.
        what: String,
    },
    /// A setting can't be used, such as an address of the real service.
    #[error("{0}")]
    Setting(String),
    /// A file can't be read or written.
    #[error("exchange folder or identity file")]
    File(#[from] io::Error),
}

impl Error {
    /// The error for a refusal: HTTP 4xx with onshi-mock's explanation in JSON or XML, or the text of an `.err`
    /// (status 0). The label's first letter says which step refused; without one the status must do.
    pub(crate) fn refusal(status: u16, text: &str) -> Self {
        let message = match status {
            0 => text.trim().to_owned(),
            status => format!("HTTP {status}: {}", text.trim()),
        };
        let label = label(text);
        match (label.as_deref().and_then(|label| label.chars().next()), label, status) {
            (Some('G'), Some(label), _) => Self::LineRefused { label, message },
            (Some('C'), label, _) | (None, label, 403) => Self::CertificateRefused { label, message },
            (Some('W'), _, _) | (_, _, 401) => Self::LoginRefused { message },
            // The terminal's own time-out: it had no answer for minutes.
            (_, Some(label), _) if label == "T103" => Self::ServiceDown { message, attempts: 1 },
            (_, label, _) => Self::BadRequest { label, message },
        }
    }
}

/// The first word that is a letter of ours and three digits.
fn label(text: &str) -> Option<String> {
    let mut words = text.split(|character: char| !character.is_ascii_alphanumeric());
    let found = words.find(|word| {
        let mut characters = word.chars();
        characters.next().is_some_and(|first| "GCXWT".contains(first))
            && word.len() == 4
            && characters.all(|digit| digit.is_ascii_digit())
    });
    found.map(str::to_owned)
}
