//! Which answers are encrypted: `encrypt.conf` of the field (terminal.md 3.3, \[C]).
//!
//! One line per beginning of a message id, `OQSsihvq=e` (encrypted) or `OQSsihvq=n` (plain). An encrypted file is a ZIP
//! with AES-256 that holds the plain file under its name, and is itself called `.zip`.

use std::{
    fmt,
    io::{Cursor, Write},
};

use zip::{AesMode, CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// What is encrypted, and with which password. `Debug` doesn't show the password.
#[derive(Clone)]
pub struct Encryption {
    /// Beginnings of message ids in lower case, the longest first.
    rules: Vec<(String, bool)>,
    password: String,
}

/// Why a file of rules can't be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncryptionError {
    /// A line is no rule.
    #[error("line {line}: {text:?}; expected <beginning of a message id>=e or =n, for example OQSsihvq=e")]
    Rule {
        /// Its number, from 1.
        line: usize,
        /// What it says.
        text: String,
    },
    /// Something is to be encrypted, but there is no password.
    #[error("encrypted answers need a password (OQS_CRYPT_PASS in the field): give --crypt-password-file")]
    Password,
}

impl Encryption {
    /// Reads `encrypt.conf`; empty lines and those that begin with `#` say nothing.
    ///
    /// # Errors
    /// [`EncryptionError`] if a line is no rule, or the password is empty though something is to be encrypted.
    pub fn read(conf: &str, password: &str) -> Result<Self, EncryptionError> {
        let mut rules = Vec::new();
        for (index, text) in conf.lines().enumerate() {
            let text = text.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            rules.push(
                rule(text).ok_or_else(|| EncryptionError::Rule { line: index + 1, text: text.to_owned() })?,
            );
        }
        rules.sort_by_key(|(beginning, _)| std::cmp::Reverse(beginning.len()));
        if password.is_empty() && rules.iter().any(|(_, encrypted)| *encrypted) {
            return Err(EncryptionError::Password);
        }
        Ok(Self { rules, password: password.to_owned() })
    }

    /// Whether files whose name begins like this are encrypted. The longest rule counts; without one they are plain.
    #[must_use]
    pub fn covers(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        let rule = self.rules.iter().find(|(beginning, _)| name.starts_with(beginning));
        rule.is_some_and(|(_, encrypted)| *encrypted)
    }

    /// The ZIP that holds one file.
    ///
    /// # Errors
    /// If it can't be made.
    pub fn seal(&self, name: &str, bytes: &[u8]) -> zip::result::ZipResult<Vec<u8>> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .with_aes_encryption(AesMode::Aes256, &self.password);
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file(name, options)?;
        zip.write_all(bytes)?;
        Ok(zip.finish()?.into_inner())
    }
}

impl fmt::Debug for Encryption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encryption").field("rules", &self.rules).finish_non_exhaustive()
    }
}

fn rule(text: &str) -> Option<(String, bool)> {
    let (beginning, encrypted) = text.split_once('=')?;
    let beginning = beginning.trim().to_lowercase();
    let plain = !beginning.is_empty() && beginning.bytes().all(|b| b.is_ascii_alphanumeric());
    let encrypted = match encrypted.trim() {
        "e" | "E" => true,
        "n" | "N" => false,
        _ => return None,
    };
    plain.then_some((beginning, encrypted))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn the_longest_rule_that_begins_the_name_counts_whatever_the_letter_case() {
        let conf = "# 暗号化\r\nOQS=e\r\nOQSsihvq = n\r\n\r\nEPS=n\r\n";
        let encryption = Encryption::read(conf, "secret").unwrap();
        for (name, covered) in [
            ("OQSsiquc01res_1.xml", true),
            ("oqssiquc01RES_1.xml", true),
            ("OQSsihvq01res_1.xml", false),
            ("EPSsiDMP01res_1.xml", false),
            ("YZKsiquc01res_1.xml", false),
        ] {
            assert_eq!(encryption.covers(name), covered, "{name}");
        }
        assert!(!format!("{encryption:?}").contains("secret"));
    }

    #[test]
    fn a_line_that_is_no_rule_is_told_with_its_number_and_encryption_without_password_is_refused() {
        for text in ["OQSsihvq", "OQSsihvq=x", "=e", "OQS sihvq=e"] {
            let error = Encryption::read(&format!("OQS=n\n{text}\n"), "x").unwrap_err();
            assert_eq!(error, EncryptionError::Rule { line: 2, text: text.to_owned() });
        }
        assert_eq!(Encryption::read("OQS=e", "").unwrap_err(), EncryptionError::Password);
        assert!(!Encryption::read("OQS=n", "").unwrap().covers("OQSsiquc01res_1.xml"));
    }

    #[test]
    fn what_is_sealed_opens_with_the_password_only() {
        let encryption = Encryption::read("OQS=e", "secret").unwrap();
        let name = "OQSsiquc01res_受付.xml";
        let sealed = encryption.seal(name, "<花子/>".as_bytes()).unwrap();
        let mut zip = zip::ZipArchive::new(Cursor::new(sealed)).unwrap();
        assert!(zip.by_index(0).is_err() && zip.by_index_decrypt(0, b"other").is_err());
        let mut file = zip.by_index_decrypt(0, b"secret").unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        assert_eq!((&*file.name().unwrap(), text.as_str()), (name, "<花子/>"));
    }
}
