//! Bytes of one file: opened, unpacked if gzip, told apart by content, counted for progress, guarded against endless rows.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use flate2::bufread::MultiGzDecoder;
use jifen_core::both;

use super::error::{FeedError, row_too_long};
use crate::sheet::encoding::Decoding;

/// Longest row, XML tag or JSON line that is read: a forgotten quote must not swallow a whole file into memory.
pub const ROW_BYTES_MAX: usize = 16 << 20;

/// Size of the two read buffers of a file (packed and unpacked).
const BUFFER_BYTES: usize = 64 << 10;

/// What a file turned out to hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form {
    /// Comma-separated values with a header.
    Csv,
    /// IEEE 1849 event log.
    Xes,
    /// One CloudEvent a line.
    CloudEvents,
    /// A workbook, to be opened by its path.
    Workbook,
}

/// Opens `path`; bytes read from the disk are added to `read`.
pub(super) fn open(path: &Path, read: Arc<AtomicU64>) -> Result<(Form, Guarded), FeedError> {
    let failed = |source| FeedError::Open { file: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    let mut packed = BufReader::with_capacity(BUFFER_BYTES, Counted { inner: file, read });
    let head = packed.fill_buf().map_err(failed)?;
    let unpacked: Box<dyn Read + Send> =
        if head.starts_with(&[0x1f, 0x8b]) { Box::new(MultiGzDecoder::new(packed)) } else { Box::new(packed) };
    let mut plain = BufReader::with_capacity(BUFFER_BYTES, unpacked);
    // XML says itself what it is written in.
    let is_xml = plain.fill_buf().map_err(failed)?.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<');
    let text: Box<dyn Read + Send> = if is_xml { Box::new(plain) } else { Box::new(Decoding::new(plain)) };
    let mut text = BufReader::with_capacity(BUFFER_BYTES, text);
    let form = tell_form(path, &mut text)?;
    Ok((form, Guarded { inner: text, line: 1, left: ROW_BYTES_MAX }))
}

fn tell_form(path: &Path, text: &mut impl BufRead) -> Result<Form, FeedError> {
    let unreadable = |found, advice| Err(FeedError::Unreadable { file: path.to_owned(), found, advice });
    let broken = |error: io::Error| FeedError::Broken {
        file: path.to_owned(),
        line: 1,
        rows: 0,
        reason: super::error::read_failure(&error),
    };
    let mut head = text.fill_buf().map_err(broken)?;
    let marked = head.starts_with(b"\xef\xbb\xbf");
    if marked {
        head = &head[3..];
    }
    let form = match head.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => {
            return unreadable(
                both!("空文件", "empty"),
                both!(
                    "空的导出多半是导出失败：请再导出一次",
                    "an empty export is usually a failed one: export it again"
                ),
            );
        }
        Some(_) if head.starts_with(b"PK\x03\x04") => Form::Workbook,
        Some(_) if head.starts_with(b"\xd0\xcf\x11\xe0") => {
            return unreadable(
                both!("旧格式 `.xls`，或设了密码", "an old `.xls` workbook, or one with a password"),
                both!("请另存为 `.xlsx`，不要设密码", "save it as `.xlsx` without a password"),
            );
        }
        Some(_) if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") => {
            return unreadable(
                both!(" UTF-16", "UTF-16"),
                both!(
                    "请转换编码，如 `iconv -f UTF-16 -t UTF-8`",
                    "convert it, for example `iconv -f UTF-16 -t UTF-8`"
                ),
            );
        }
        Some(b'<') => Form::Xes,
        Some(b'{') => Form::CloudEvents,
        Some(b'[') => {
            return unreadable(
                both!(" JSON 数组", "a JSON array"),
                both!(
                    "请一行写一个 CloudEvent，如用 `jq -c '.[]'`",
                    "write one CloudEvent a line, for example with `jq -c '.[]'`"
                ),
            );
        }
        Some(_) => Form::Csv,
    };
    if marked {
        text.consume(3);
    }
    Ok(form)
}

struct Counted {
    inner: File,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// Text that knows its line and refuses to run on for ever; whoever reads rows calls [`Guarded::begin_row`] before each.
pub(super) struct Guarded {
    inner: BufReader<Box<dyn Read + Send>>,
    line: u64,
    left: usize,
}

impl Guarded {
    /// Allows the next [`ROW_BYTES_MAX`] bytes.
    pub(super) fn begin_row(&mut self) {
        self.left = ROW_BYTES_MAX;
    }

    /// The line that is read next, from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }
}

impl BufRead for Guarded {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let bytes = self.inner.fill_buf()?;
        if self.left == 0 && !bytes.is_empty() {
            return Err(row_too_long());
        }
        Ok(&bytes[..bytes.len().min(self.left)])
    }

    fn consume(&mut self, count: usize) {
        let used = &self.inner.buffer()[..count];
        self.line += used.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.left -= count;
        self.inner.consume(count);
    }
}

impl Read for Guarded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.fill_buf()?;
        let count = bytes.len().min(buffer.len());
        buffer[..count].copy_from_slice(&bytes[..count]);
        self.consume(count);
        Ok(count)
    }
}
