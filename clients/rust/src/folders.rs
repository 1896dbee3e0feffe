//! The exchange folders of the terminal: a request as a file in `req`, its answer in `res`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::document::encode;
use crate::request::judged;
use crate::{Document, Encoding, Error, Request};

/// The folder that holds `req` and `res`.
#[derive(Debug, Clone)]
pub struct Folders {
    exchange: PathBuf,
    /// Of requests. Shift_JIS unless changed.
    pub encoding: Encoding,
    /// How long an answer is waited for. Three minutes unless changed.
    pub timeout: Duration,
    /// Pause between two looks. 300 ms unless changed.
    pub poll: Duration,
}

impl Folders {
    /// The folder at a path.
    #[must_use]
    pub fn at(exchange: impl Into<PathBuf>) -> Self {
        let (timeout, poll) = (Duration::from_secs(180), Duration::from_millis(300));
        Self { exchange: exchange.into(), encoding: Encoding::ShiftJis, timeout, poll }
    }

    /// Writes a request, waits for its result, and takes it away. `name` is the free part of the file's name.
    ///
    /// # Errors
    /// As over HTTPS, and [`Error::File`].
    pub fn ask(&self, request: &Request, name: &str) -> Result<Document, Error> {
        let bytes = encode(&request.header, &request.body, self.encoding)?;
        judged(Document::decode(&self.exchange(request.id, name, &bytes)?)?)
    }

    /// The same for bytes. An `.err` becomes the error that it explains.
    ///
    /// # Errors
    /// As above. After [`Error::TimedOut`] don't write the request again: the answer may still come, under the same
    /// name.
    pub fn exchange(&self, message: &str, name: &str, bytes: &[u8]) -> Result<Vec<u8>, Error> {
        let req = self.exchange.join("req");
        // Under another name first, so that nobody takes half a file.
        let draft = req.join(format!(".{name}.tmp"));
        fs::write(&draft, bytes)?;
        let request = format!("{message}req_{name}.xml");
        fs::rename(draft, req.join(&request))?;
        let wanted = format!("{message}res_{name}");
        let started = Instant::now();
        while started.elapsed() < self.timeout {
            if let Some(found) = self.answer(&wanted)? {
                return taken(&found);
            }
            thread::sleep(self.poll);
        }
        Err(Error::TimedOut { what: request })
    }

    fn answer(&self, wanted: &str) -> io::Result<Option<PathBuf>> {
        for entry in fs::read_dir(self.exchange.join("res"))? {
            let path = entry?.path();
            if path.file_stem().is_some_and(|stem| stem.eq_ignore_ascii_case(wanted)) {
                return Ok(Some(path));
            }
        }
        Ok(None)
    }
}

fn taken(answer: &Path) -> Result<Vec<u8>, Error> {
    let bytes = fs::read(answer)?;
    fs::remove_file(answer)?;
    if answer.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("err")) {
        return Err(Error::refusal(0, &String::from_utf8_lossy(&bytes)));
    }
    Ok(bytes)
}
