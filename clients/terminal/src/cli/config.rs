//! The file that lists the terminals of one process (`--config`).

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use serde::{Deserialize, Deserializer};

use super::arguments::AnswerEncoding;
use crate::ServiceUrl;

/// The file.
///
/// ```yaml
/// terminals:
///   - {certificate: first.pem, key: first.key, exchange: OQS-1}
///   - {certificate: second.pem, key: second.key, exchange: OQS-2, definition: config-2}
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    /// The terminals; each has its own certificate and folders.
    pub(super) terminals: Vec<Entry>,
}

/// One terminal. What it doesn't say is as the flags say; paths are relative to the file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Entry {
    #[serde(default, deserialize_with = "url")]
    pub(super) service: Option<ServiceUrl>,
    #[serde(default)]
    pub(super) certificate: Option<PathBuf>,
    #[serde(default)]
    pub(super) key: Option<PathBuf>,
    #[serde(default)]
    pub(super) ca: Option<PathBuf>,
    #[serde(default)]
    pub(super) exchange: Option<PathBuf>,
    #[serde(default)]
    pub(super) req: Option<PathBuf>,
    #[serde(default)]
    pub(super) res: Option<PathBuf>,
    #[serde(default)]
    pub(super) face: Option<PathBuf>,
    #[serde(default)]
    pub(super) work: Option<PathBuf>,
    #[serde(default)]
    pub(super) definition: Option<PathBuf>,
    #[serde(default)]
    pub(super) prescription_req: Option<PathBuf>,
    #[serde(default)]
    pub(super) prescription_res: Option<PathBuf>,
    #[serde(default)]
    pub(super) answer_encoding: Option<AnswerEncoding>,
    #[serde(default)]
    pub(super) crypt_password_file: Option<PathBuf>,
    #[serde(default)]
    pub(super) no_face: bool,
}

impl Config {
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("can't read {}", path.display()))?;
        let mut config: Self = serde_saphyr::from_str(&text)
            .with_context(|| format!("{} lists no terminals", path.display()))?;
        anyhow::ensure!(!config.terminals.is_empty(), "{} lists no terminals", path.display());
        let folder = path.parent().unwrap_or_else(|| Path::new("."));
        for entry in &mut config.terminals {
            for path in entry.paths().into_iter().flatten() {
                *path = folder.join(&*path);
            }
        }
        Ok(config)
    }
}

impl Entry {
    fn paths(&mut self) -> [Option<&mut PathBuf>; 12] {
        [
            self.certificate.as_mut(),
            self.key.as_mut(),
            self.ca.as_mut(),
            self.exchange.as_mut(),
            self.req.as_mut(),
            self.res.as_mut(),
            self.face.as_mut(),
            self.work.as_mut(),
            self.definition.as_mut(),
            self.prescription_req.as_mut(),
            self.prescription_res.as_mut(),
            self.crypt_password_file.as_mut(),
        ]
    }
}

fn url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<ServiceUrl>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| text.parse().map_err(serde::de::Error::custom)).transpose()
}
