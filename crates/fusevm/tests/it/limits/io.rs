//! Output and input that fail, and their order.

use std::io::{self, BufRead, ErrorKind, Read, Write};

use fusevm::semantics::Fault;
use fusevm::vm::VmError;
use fusevm::{Op, VMResult};

use crate::support::{Sink, error, machine, program, str, value};

/// Fails at each write.
struct Broken(ErrorKind);

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(self.0.into())
    }
}

impl BufRead for Broken {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        Err(self.0.into())
    }

    fn consume(&mut self, _: usize) {}
}

#[test]
fn a_failed_write_ends_the_run() {
    // A little output fails when it is flushed at the end, a lot at once.
    let little = program([Op::LoadInt(1), Op::Print(1), Op::LoadInt(2)]);
    let lot = program([
        Op::LoadInt(1),
        Op::LoadInt(200_000),
        Op::StringRepeat,
        Op::Print(1),
    ]);
    for (chunk, at) in [(little, None), (lot, Some(3))] {
        for kind in [ErrorKind::BrokenPipe, ErrorKind::StorageFull] {
            let (mut vm, _) = machine(chunk.clone());
            vm.set_writer(Box::new(Broken(kind)));
            let message = error(vm.run());
            let error = vm.last_error().expect("the run failed");
            assert_eq!(error.op_index(), at);
            if kind == ErrorKind::BrokenPipe {
                assert_eq!(*error.fault(), Fault::BrokenPipe);
                assert_eq!(message, "write error: broken pipe");
            } else {
                assert!(matches!(error.fault(), Fault::Write(_)));
                assert!(message.starts_with("write error: "));
            }
        }
    }
}

#[test]
fn a_failed_read_ends_the_run() {
    let (mut vm, _) = machine(program([Op::Nop, Op::ReadLine]));
    vm.set_reader(Box::new(Broken(ErrorKind::PermissionDenied)));
    assert!(error(vm.run()).starts_with("read error: "));
    assert_eq!(vm.last_error().and_then(VmError::op_index), Some(1));
}

#[test]
fn output_comes_in_the_order_of_the_program() {
    let ops = [
        Op::LoadInt(1),
        Op::PrintLn(1),
        Op::Extended(0, 0),
        Op::LoadInt(3),
        Op::PrintLn(1),
    ];
    let (mut vm, first) = machine(program(ops));
    vm.set_extension_handler(Box::new(|vm, _, _| vm.write_output(b"two\n")));
    assert!(matches!(vm.run(), VMResult::Halted));
    assert_eq!(first.text(), "1\ntwo\n3\n");

    // Each writer gets what was written while it was there.
    vm.write_output(b"more\n");
    let second = Sink::default();
    vm.set_writer(Box::new(second.clone()));
    vm.set_ip(0);
    assert!(matches!(vm.run(), VMResult::Halted));
    assert_eq!(first.text(), "1\ntwo\n3\nmore\n");
    assert_eq!(second.text(), "1\ntwo\n3\n");
}

#[test]
fn output_before_an_error_is_written() {
    let (mut vm, sink) = machine(program([Op::LoadInt(1), Op::Print(1), Op::Call(0, 0)]));
    error(vm.run());
    assert_eq!(sink.text(), "1");
    drop(vm);
    assert_eq!(sink.text(), "1");
}

#[test]
fn lines_are_read_as_the_program_asks() {
    let (mut vm, _) = machine(program([Op::ReadLine]));
    vm.set_reader(Box::new(&b"one\n\nthree"[..]));
    for line in [str("one"), str(""), str("three"), fusevm::Value::Undef] {
        vm.set_ip(0);
        assert_eq!(value(vm.run()), line);
    }
}
