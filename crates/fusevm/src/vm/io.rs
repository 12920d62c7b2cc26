//! A machine's output and input.

use std::io::{self, BufRead, IsTerminal, Read, Write};

use crate::semantics::{Fault, Memory};
use crate::value::Value;

/// Output is handed to the sink in pieces of about this size.
const BUFFER_BYTES: usize = 64 * 1024;

/// Buffered output.
#[derive(Default)]
pub(crate) struct Output {
    buffer: Vec<u8>,
    /// Whether the sink has got something since it was flushed.
    unflushed: bool,
    /// `None` is the process's standard output.
    sink: Option<Box<dyn Write + Send>>,
}

impl Output {
    /// Sends later output to `sink`; earlier output still goes where it was meant to go.
    pub(crate) fn set_sink(&mut self, sink: Box<dyn Write + Send>) -> Result<(), Fault> {
        let flushed = self.flush();
        self.sink = Some(sink);
        flushed
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        if self.buffer.len() + bytes.len() > BUFFER_BYTES {
            self.drain()?;
            if bytes.len() > BUFFER_BYTES {
                return self.write_through(bytes);
            }
        }
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    /// Hands everything to the sink and makes the sink pass it on.
    #[inline]
    pub(crate) fn flush(&mut self) -> Result<(), Fault> {
        if self.buffer.is_empty() && !self.unflushed {
            return Ok(());
        }
        self.flush_some()
    }

    fn flush_some(&mut self) -> Result<(), Fault> {
        let drained = self.drain();
        if !std::mem::take(&mut self.unflushed) {
            return drained;
        }
        let flushed = match &mut self.sink {
            Some(sink) => sink.flush(),
            None => io::stdout().flush(),
        };
        drained.and(flushed.map_err(|error| Fault::write(&error)))
    }

    /// Empties the buffer, also when the sink fails: output that was refused once is not offered
    /// again.
    fn drain(&mut self) -> Result<(), Fault> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let mut pending = std::mem::take(&mut self.buffer);
        let written = self.write_through(&pending);
        pending.clear();
        self.buffer = pending;
        written
    }

    fn write_through(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.unflushed = true;
        let written = match &mut self.sink {
            Some(sink) => sink.write_all(bytes),
            None => io::stdout().write_all(bytes),
        };
        written.map_err(|error| Fault::write(&error))
    }
}

impl Drop for Output {
    #[inline]
    fn drop(&mut self) {
        // Runs flush and report; what is left was written outside a run, and here nobody listens.
        if !self.buffer.is_empty() {
            let _ = self.drain();
        }
    }
}

/// Where lines come from.
#[derive(Default)]
pub(crate) enum Input {
    /// The process's standard input, through its own shared buffer.
    #[default]
    Stdin,
    /// A reader that the host supplied.
    Reader(Box<dyn BufRead + Send>),
}

impl Input {
    /// Whether a person waits for our output before they type.
    pub(crate) fn is_terminal(&self) -> bool {
        matches!(self, Input::Stdin) && io::stdin().is_terminal()
    }

    /// The next line without its `\n`; `Undef` at the end of the input.
    pub(crate) fn read_line(&mut self, memory: &Memory) -> Result<Value, Fault> {
        let limit = memory.text_limit();
        let mut line = Vec::new();
        let read = match self {
            Input::Stdin => read_until_newline(&mut io::stdin().lock(), limit, &mut line),
            Input::Reader(reader) => read_until_newline(reader, limit, &mut line),
        };
        match read {
            Err(error) => Err(Fault::Read(error.to_string().into())),
            Ok(0) => Ok(Value::Undef),
            Ok(_) => {
                if line.last() == Some(&b'\n') {
                    line.pop();
                }
                if line.len() > limit {
                    return Err(memory.refused_text(limit));
                }
                Ok(Value::bytes(line))
            }
        }
    }
}

fn read_until_newline(
    reader: &mut dyn BufRead,
    limit: usize,
    line: &mut Vec<u8>,
) -> io::Result<usize> {
    let with_newline = (limit as u64).saturating_add(1);
    reader.take(with_newline).read_until(b'\n', line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_every_byte_but_the_newline() {
        let text = b"one\r\n\n\xff\xfe\nlast".as_slice();
        let mut input = Input::Reader(Box::new(text));
        let lines: Vec<Value> = (0..5)
            .map(|_| input.read_line(&Memory::new(100)).unwrap())
            .collect();
        let expected = [
            Value::str("one\r"),
            Value::str(""),
            Value::bytes(vec![0xff, 0xfe]),
            Value::str("last"),
            Value::Undef,
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_line_may_be_as_long_as_the_limit() {
        let mut input = Input::Reader(Box::new(b"1234\n12345\n".as_slice()));
        assert_eq!(input.read_line(&Memory::new(4)), Ok(Value::str("1234")));
        assert_eq!(
            input.read_line(&Memory::new(4)),
            Err(Fault::ValueTooLarge { limit: 4 })
        );
    }

    /// Fails after a number of bytes, as a full disk does.
    struct Full(usize);

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.0 == 0 {
                return Err(io::Error::from(io::ErrorKind::StorageFull));
            }
            let taken = bytes.len().min(self.0);
            self.0 -= taken;
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_full_disk_is_reported() {
        let mut output = Output::default();
        output.set_sink(Box::new(Full(3))).unwrap();
        output.write(b"12345").unwrap();
        assert!(matches!(output.flush(), Err(Fault::Write(_))));
        assert_eq!(output.flush(), Ok(()));
    }
}
