//! The encoding of a text: UTF-8, or GB18030 (with it GBK and GB2312), which is what Excel writes in China.
//!
//! Both write ASCII as it is, so the first other byte decides: what follows it is UTF-8 if it can be read as such.

use std::io::{self, BufRead, Read};

use encoding_rs::{DecoderResult, GB18030};

/// How much is looked at from the first byte that is no ASCII.
const WINDOW_BYTES: usize = 64 << 10;

/// `bytes` as a text; `None` when they are neither.
pub(crate) fn text_of(bytes: Vec<u8>) -> Option<String> {
    match String::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) => {
            let text = GB18030.decode_without_bom_handling_and_without_replacement(error.as_bytes())?;
            Some(text.into_owned())
        }
    }
}

/// Hands UTF-8 on, whichever of the two `inner` is. What is neither is handed on as it is: whoever reads rows says where.
pub(crate) struct Decoding<R> {
    inner: R,
    state: State,
    /// Decoded, or looked at, and not yet handed on.
    ready: Vec<u8>,
    taken: usize,
}

enum State {
    /// Nothing but ASCII so far.
    Ascii,
    /// Handed on as it is.
    Utf8,
    /// Decoded on the way.
    Gb18030(Box<encoding_rs::Decoder>),
    /// All of it is decoded.
    Ended,
}

impl<R: BufRead> Decoding<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self { inner, state: State::Ascii, ready: Vec::new(), taken: 0 }
    }

    /// Reads at least `WINDOW_BYTES`, unless the end comes before, and decides.
    fn decide(&mut self) -> io::Result<()> {
        let mut window = Vec::new();
        self.inner.by_ref().take(WINDOW_BYTES as u64).read_to_end(&mut window)?;
        let is_utf8 = match std::str::from_utf8(&window) {
            Ok(_) => true,
            // The window may end within a character.
            Err(error) => error.error_len().is_none() && window.len() == WINDOW_BYTES,
        };
        let mut decoder = GB18030.new_decoder_without_bom_handling();
        let is_last = window.len() < WINDOW_BYTES;
        let decoded = if is_utf8 { None } else { decode(&mut decoder, &window, is_last).ok() };
        (self.state, self.ready) = match decoded {
            Some(decoded) if is_last => (State::Ended, decoded.into_bytes()),
            Some(decoded) => (State::Gb18030(Box::new(decoder)), decoded.into_bytes()),
            None => (State::Utf8, window),
        };
        self.taken = 0;
        Ok(())
    }

    fn decode_more(&mut self) -> io::Result<()> {
        let State::Gb18030(decoder) = &mut self.state else { return Ok(()) };
        let bytes = self.inner.fill_buf()?;
        let (count, decoded) = (bytes.len(), decode(decoder, bytes, bytes.is_empty()));
        self.inner.consume(count);
        if count == 0 {
            self.state = State::Ended;
        }
        self.ready = decoded?.into_bytes();
        self.taken = 0;
        Ok(())
    }
}

fn decode(decoder: &mut encoding_rs::Decoder, bytes: &[u8], is_last: bool) -> io::Result<String> {
    let too_long = || io::Error::other("the text is too long");
    let mut text =
        String::with_capacity(decoder.max_utf8_buffer_length_without_replacement(bytes.len()).ok_or_else(too_long)?);
    match decoder.decode_to_string_without_replacement(bytes, &mut text, is_last).0 {
        DecoderResult::InputEmpty => Ok(text),
        DecoderResult::OutputFull | DecoderResult::Malformed(..) => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "the text is neither UTF-8 nor GB18030; save it as `CSV UTF-8`",
        )),
    }
}

impl<R: BufRead> Read for Decoding<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.taken < self.ready.len() {
                let count = buffer.len().min(self.ready.len() - self.taken);
                buffer[..count].copy_from_slice(&self.ready[self.taken..self.taken + count]);
                self.taken += count;
                return Ok(count);
            }
            match self.state {
                State::Utf8 => return self.inner.read(buffer),
                State::Gb18030(_) => self.decode_more()?,
                State::Ended => return Ok(0),
                State::Ascii => {
                    let bytes = self.inner.fill_buf()?;
                    if !bytes.is_ascii() {
                        self.decide()?;
                        continue;
                    }
                    let count = bytes.len().min(buffer.len());
                    buffer[..count].copy_from_slice(&bytes[..count]);
                    self.inner.consume(count);
                    return Ok(count);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    fn through(bytes: &[u8], capacity: usize) -> io::Result<Vec<u8>> {
        let mut all = Vec::new();
        Decoding::new(BufReader::with_capacity(capacity, bytes)).read_to_end(&mut all)?;
        Ok(all)
    }

    #[test]
    fn the_end_may_be_asked_for_again() {
        let (gb, _, _) = GB18030.encode("王岚");
        let mut decoding = Decoding::new(&gb[..]);
        let mut all = String::new();
        decoding.read_to_string(&mut all).expect("text");
        assert_eq!(all, "王岚");
        assert_eq!(decoding.read(&mut [0; 8]).expect("the end"), 0);
        assert_eq!(decoding.read(&mut [0; 8]).expect("the end"), 0);
        let mut cut = gb.repeat(WINDOW_BYTES / gb.len() + 1);
        cut.pop();
        assert!(through(&cut, 4096).is_err(), "half a character at the end");
    }

    #[test]
    fn both_encodings_come_out_as_utf8_however_they_are_cut() {
        let text = format!("name,人员\n{}\n", "王岚,𠮷野家,ok\n".repeat(9_000));
        let (gb, _, _) = GB18030.encode(&text);
        assert_ne!(gb.as_ref(), text.as_bytes());
        for capacity in [1, 7, 4096] {
            assert!(through(text.as_bytes(), capacity).expect("UTF-8") == text.as_bytes(), "{capacity}");
            assert!(through(&gb, capacity).expect("GB18030") == text.as_bytes(), "{capacity}");
        }
        assert_eq!(through(b"a,b\n", 2).expect("ASCII"), b"a,b\n");
        assert_eq!(text_of(gb.into_owned()).as_deref(), Some(text.as_str()));
    }

    #[test]
    fn late_rubbish_in_gb18030_is_an_error_and_other_rubbish_is_left_to_the_reader() {
        let (gb, _, _) = GB18030.encode("王岚\n");
        let mut late = gb.repeat(WINDOW_BYTES / gb.len() + 2);
        late.extend(b"\xff\xff");
        assert_eq!(through(&late, 4096).expect_err("rubbish").kind(), io::ErrorKind::InvalidData);
        assert_eq!(through(b"ok,\xff\xff\n", 4096).expect("as it is"), b"ok,\xff\xff\n");
        assert_eq!(text_of(b"ok,\xff\xff\n".to_vec()), None);
    }
}
