//! Tokens: signed, so that nothing needs to be kept about them.

use jiff::{SignedDuration, Timestamp};
use openssl::base64;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use serde::{Deserialize, Serialize};

/// The key that signs tokens; a new one at each start.
pub struct TokenKey([u8; 32]);

impl TokenKey {
    /// A random key. `None` if the system has no random numbers.
    #[must_use]
    pub fn random() -> Option<Self> {
        let mut key = [0; 32];
        openssl::rand::rand_bytes(&mut key).ok()?;
        Some(Self(key))
    }

    fn sign(&self, text: &str) -> Option<Vec<u8>> {
        let key = PKey::hmac(&self.0).ok()?;
        let mut signer = Signer::new(MessageDigest::sha256(), &key).ok()?;
        signer.sign_oneshot_to_vec(text.as_bytes()).ok()
    }
}

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenKey(…)")
    }
}

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    /// accessToken.
    Access,
    /// refreshToken.
    Refresh,
    /// idToken, which queries carry.
    Id,
}

/// A token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// The world that gave it out: the same account may be open in another one.
    pub(super) world: u64,
    pub(super) account: String,
    /// Until when, by the world's clock.
    pub(super) until: Timestamp,
}

impl Token {
    pub(super) fn new(kind: Kind, world: u64, account: &str, now: Timestamp, minutes: u32) -> Self {
        let until = now.saturating_add(SignedDuration::from_mins(minutes.into())).unwrap_or(now);
        Self { kind, world, account: account.to_owned(), until }
    }

    /// The token as it travels. `None` if OpenSSL fails.
    pub(super) fn signed(&self, key: &TokenKey) -> Option<String> {
        let content = base64::encode_block(&serde_json::to_vec(self).ok()?);
        let signature = base64::encode_block(&key.sign(&content)?);
        Some(format!("{content}.{signature}"))
    }

    /// Reads a token that we signed. `None` for anything else.
    pub(super) fn verified(text: &str, key: &TokenKey) -> Option<Self> {
        let (content, signature) = text.split_once('.').filter(|_| text.len() <= 1000)?;
        let given = base64::decode_block(signature).ok()?;
        let own = key.sign(content)?;
        let same = given.len() == own.len() && openssl::memcmp::eq(&given, &own);
        let content = base64::decode_block(content).ok().filter(|_| same)?;
        serde_json::from_slice(&content).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_this_process_signed_is_a_token() {
        let key = TokenKey::random().unwrap();
        let token = Token::new(Kind::Id, 1, "1319999916-web-api", Timestamp::UNIX_EPOCH, 30);
        let text = token.signed(&key).unwrap();
        assert_eq!(Token::verified(&text, &key), Some(token));
        assert_eq!(Token::verified(&text, &TokenKey::random().unwrap()), None);
        let mut changed = text.clone();
        changed.replace_range(3..4, if text.as_bytes()[3] == b'A' { "B" } else { "A" });
        for text in ["", ".", "a.b", changed.as_str(), &"x".repeat(2000)] {
            assert_eq!(Token::verified(text, &key), None, "{text}");
        }
    }
}
