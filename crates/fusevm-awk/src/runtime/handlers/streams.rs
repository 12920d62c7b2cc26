//! Streams: reading from them, closing them, and handing on what was written.

use fusevm::{VM, Value};

use super::super::streams::{Closed, End, SourceKind};
use super::super::{Outcome, Runtime};

/// `getline` from a file or command. What it reads is left below the result, if it is not the
/// record.
pub(super) fn getline(
    runtime: &mut Runtime,
    vm: &mut VM,
    args: &[Value],
    kind: SourceKind,
    mut into: Option<&mut Vec<u8>>,
) -> Outcome {
    let name = runtime.bytes_of(args.first().unwrap_or(&Value::Undef));
    if name.is_empty() {
        let sign = match kind {
            SourceKind::File => "<",
            SourceKind::Command => "|",
            SourceKind::Coprocess => "|&",
        };
        return Err(format!(
            "expression for `{sign}` redirection has null string value"
        ));
    }
    runtime.streams.check_open()?;
    let found = runtime.next_record_of(vm, &name, kind, into.as_deref_mut());
    if let Some(text) = into {
        vm.push(Value::from_input(text));
    }
    let status = match found {
        Ok(found) => i64::from(found),
        Err(message) => {
            runtime.set_errno(vm, &message);
            -1
        }
    };
    Ok(Value::Int(status))
}

pub(super) fn close(runtime: &mut Runtime, vm: &mut VM, args: &[Value]) -> Outcome {
    let name = runtime.bytes_of(args.first().unwrap_or(&Value::Undef));
    let closed = match args
        .get(1)
        .map(|end| runtime.bytes_of(end).to_ascii_lowercase())
    {
        None => runtime.streams.close(vm, &name),
        Some(end) if end == b"to" => runtime.streams.close_end(&name, End::To),
        Some(end) if end == b"from" => runtime.streams.close_end(&name, End::From),
        Some(_) => {
            return Err("close: second argument must be `to` or `from`".to_owned());
        }
    };
    Ok(Value::Int(match closed {
        Closed::Unknown => -1,
        Closed::Status(status) => status,
    }))
}

pub(super) fn flush(runtime: &mut Runtime, vm: &mut VM, args: &[Value]) -> Outcome {
    let Some(name) = args.first() else {
        runtime.streams.flush(vm)?;
        return Ok(Value::Int(0));
    };
    let name = runtime.bytes_of(name);
    if name.is_empty() {
        runtime.streams.flush(vm)?;
        return Ok(Value::Int(0));
    }
    if runtime.streams.flush_one(vm, &name) {
        return Ok(Value::Int(0));
    }
    let name = String::from_utf8_lossy(&name);
    runtime.warn(
        vm,
        &format!("warning: fflush: `{name}' is not an open file, pipe or co-process"),
    );
    Ok(Value::Int(-1))
}
