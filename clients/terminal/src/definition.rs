//! The settings files of the real application (terminal.md 3.1 to 3.3), in one folder (`…\OQSComApp\config`):
//! `UserDefinition.property`, `UserDefinitionForFace.property`, `encrypt.conf`, `encrypt_face.conf`.
//!
//! One `key=value` per line, in the Windows code page or UTF-8; nothing is an escape, so Windows paths stand as they
//! are. ResponseFileStayTime, FaceDataDir and OutputFlg are the field's \[C]; the names of the other keys are our own
//! \[D] (gaps.md row 11).

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use messages::charset::{self, Encoding};

/// What the files of a folder say. What they don't say is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Definition {
    /// Minutes until a result is deleted (`ResponseFileStayTime`).
    pub stay: Option<Duration>,
    /// Folder of the requests (`RequestFolder`).
    pub req: Option<PathBuf>,
    /// Folder of the answers (`ResponseFolder`).
    pub res: Option<PathBuf>,
    /// Folder of the requests of e-prescription (`PrescriptionRequestFolder`).
    pub prescription_req: Option<PathBuf>,
    /// Folder of the answers of e-prescription (`PrescriptionResponseFolder`).
    pub prescription_res: Option<PathBuf>,
    /// Encoding of answers (`CharacterCodeIdentifier`: 0 is UTF-8, 1 Shift_JIS).
    pub encoding: Option<Encoding>,
    /// Folder of face files (`FaceDataDir`).
    pub face: Option<PathBuf>,
    /// Whether face files are written (`OutputFlg`).
    pub face_output: Option<bool>,
    /// The text of `encrypt.conf`.
    pub encrypt: Option<String>,
    /// The text of `encrypt_face.conf`.
    pub encrypt_face: Option<String>,
    /// Keys that mean nothing here, with the file that they stand in.
    pub unknown: Vec<String>,
}

/// A settings file can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DefinitionError {
    /// It can't be read.
    #[error("can't read {}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// Its bytes are neither UTF-8 nor Shift_JIS.
    #[error("{} is neither Shift_JIS nor UTF-8", path.display())]
    Encoding {
        /// The file.
        path: PathBuf,
    },
    /// A line is no setting, or its value is none.
    #[error("{}, line {line}: {what}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong, and what is expected.
        what: String,
    },
}

impl Definition {
    /// Reads the files of a folder; each of them may be missing.
    ///
    /// # Errors
    /// [`DefinitionError`] if the folder or one of the files can't be read, or a line says nothing that can be meant.
    pub fn read(folder: &Path) -> Result<Self, DefinitionError> {
        let mut definition = Self::default();
        // A folder that isn't there is a mistake; a file that isn't there is none.
        fs::read_dir(folder).map_err(|source| DefinitionError::Read { path: folder.to_owned(), source })?;
        for name in ["UserDefinition.property", "UserDefinitionForFace.property"] {
            let path = folder.join(name);
            let text = text(&path)?.unwrap_or_default();
            for (index, line) in text.lines().enumerate() {
                let said = definition.hear(line.trim(), name);
                said.map_err(|what| DefinitionError::Line { path: path.clone(), line: index + 1, what })?;
            }
        }
        definition.encrypt = text(&folder.join("encrypt.conf"))?;
        definition.encrypt_face = text(&folder.join("encrypt_face.conf"))?;
        Ok(definition)
    }

    fn hear(&mut self, line: &str, file: &str) -> Result<(), String> {
        if line.is_empty() || line.starts_with('#') {
            return Ok(());
        }
        let (key, value) = line.split_once('=').ok_or_else(|| format!("{line:?}; expected key=value"))?;
        let (key, value) = (key.trim(), value.trim());
        let wrong = |expected: &str| format!("{key}={value}; expected {expected}");
        let path = || (!value.is_empty()).then(|| PathBuf::from(value));
        match key.to_ascii_lowercase().as_str() {
            "responsefilestaytime" => {
                let minutes = value.parse::<u32>().map_err(|_| wrong("minutes, for example 1440"))?;
                self.stay = Some(Duration::from_secs(60 * u64::from(minutes)));
            }
            "requestfolder" => self.req = path(),
            "responsefolder" => self.res = path(),
            "prescriptionrequestfolder" => self.prescription_req = path(),
            "prescriptionresponsefolder" => self.prescription_res = path(),
            "charactercodeidentifier" => {
                self.encoding = Some(match value {
                    "0" => Encoding::Utf8,
                    "1" => Encoding::ShiftJis,
                    _ => return Err(wrong("0 (UTF-8) or 1 (Shift_JIS)")),
                });
            }
            "facedatadir" => self.face = path(),
            "outputflg" => {
                let flag = value.to_ascii_lowercase().parse();
                self.face_output = Some(flag.map_err(|_| wrong("true or false"))?);
            }
            _ => self.unknown.push(format!("{file}: {key}")),
        }
        Ok(())
    }
}

fn text(path: &Path) -> Result<Option<String>, DefinitionError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(DefinitionError::Read { path: path.to_owned(), source }),
    };
    let text = charset::decode_plain(&bytes).map(std::borrow::Cow::into_owned);
    text.map(Some).ok_or_else(|| DefinitionError::Encoding { path: path.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let (bytes, replaced) = charset::encode((*text).to_owned(), Encoding::ShiftJis);
            assert!(replaced.is_empty());
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        folder
    }

    #[test]
    fn the_files_of_the_field_are_read_in_their_code_page_with_windows_paths_as_they_are() {
        let folder = folder(&[
            (
                "UserDefinition.property",
                "# 設定\r\nResponseFileStayTime=60\r\nRequestFolder=C:\\OQS\\要求\r\nCharacterCodeIdentifier=1\r\nVendorKey=1\r\n",
            ),
            ("UserDefinitionForFace.property", "FaceDataDir=C:\\OQS\\face\r\nOutputFlg=TRUE\r\n"),
            ("encrypt.conf", "OQSsihvq=e\r\n"),
        ]);
        let read = Definition::read(folder.path()).unwrap();
        let expected = Definition {
            stay: Some(Duration::from_secs(3600)),
            req: Some("C:\\OQS\\要求".into()),
            encoding: Some(Encoding::ShiftJis),
            face: Some("C:\\OQS\\face".into()),
            face_output: Some(true),
            encrypt: Some("OQSsihvq=e\r\n".to_owned()),
            unknown: vec!["UserDefinition.property: VendorKey".to_owned()],
            ..Definition::default()
        };
        assert_eq!(read, expected);
        assert_eq!(Definition::read(tempfile::tempdir().unwrap().path()).unwrap(), Definition::default());
    }

    #[test]
    fn a_value_that_can_t_be_meant_is_told_with_its_line() {
        for (line, expected) in [
            ("ResponseFileStayTime=a day", "minutes"),
            ("OutputFlg=yes", "true or false"),
            ("CharacterCodeIdentifier=2", "0 (UTF-8) or 1"),
            ("nothing", "key=value"),
        ] {
            let folder = folder(&[("UserDefinition.property", &format!("\r\n{line}\r\n"))]);
            let told = Definition::read(folder.path()).unwrap_err().to_string();
            assert!(told.contains("line 2") && told.contains(expected), "{told}");
        }
        assert!(matches!(Definition::read(Path::new("/nowhere")), Err(DefinitionError::Read { .. })));
    }
}
