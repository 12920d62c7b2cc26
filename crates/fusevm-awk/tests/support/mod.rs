//! Running programs in tests.

use std::io::Write;
use std::sync::{Arc, Mutex};

use fusevm_awk::{Interpreter, Options, Program, RunError, Source};

/// What was printed.
#[derive(Clone, Default)]
pub(crate) struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Sink {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().clone()
    }
}

/// Runs a program on an input: its exit status, or the error, and its output.
pub(crate) fn run(text: &str, input: &[u8], options: Options) -> (Result<i32, String>, Vec<u8>) {
    let sink = Sink::default();
    let message = |error: RunError| error.to_string();
    let status = Program::parse(&[Source::new("t", text)])
        .map_err(|errors| errors[0].to_string())
        .and_then(|program| {
            let mut interpreter = Interpreter::new(&program, options).map_err(message)?;
            interpreter.set_stdout(Box::new(sink.clone()));
            interpreter.set_stdin(Box::new(std::io::Cursor::new(input.to_vec())));
            interpreter.run().map_err(message)
        });
    (status, sink.bytes())
}
