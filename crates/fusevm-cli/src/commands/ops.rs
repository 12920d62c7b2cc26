//! `fusevm ops`: the reference of the instruction set.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, StyledStr, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command, Error};
use fusevm::op::{self, Opcode};

use crate::cli::OpsArgs;
use crate::output;
use crate::report::Failure;

pub(crate) fn run(arguments: &OpsArgs) -> Result<(), Failure> {
    let text = arguments.name.map_or_else(op::reference, op::describe);
    output::write(text.as_bytes())
}

/// Parses the name of an op. Shells complete it; an error suggests the nearest name and does not
/// list all of them.
#[derive(Clone)]
pub(crate) struct OpName;

impl TypedValueParser for OpName {
    type Value = Opcode;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<Opcode, Error> {
        let name = value.to_string_lossy();
        Opcode::from_name(&name).ok_or_else(|| {
            let mut error = Error::new(ErrorKind::InvalidValue).with_cmd(command);
            let mut insert = |kind, text: String| {
                error.insert(kind, ContextValue::String(text));
            };
            if let Some(argument) = argument {
                insert(ContextKind::InvalidArg, argument.to_string());
            }
            if let Some(nearest) = nearest(&name) {
                insert(ContextKind::SuggestedValue, nearest.to_owned());
            }
            insert(ContextKind::InvalidValue, name.into_owned());
            let tip = StyledStr::from("`fusevm ops` without a name shows all ops");
            error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip]));
            error
        })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let names = Opcode::ALL.iter().map(|opcode| opcode.info().name);
        Some(Box::new(names.map(PossibleValue::new)))
    }
}

/// The op that may be meant by `name`, letter case aside.
fn nearest(name: &str) -> Option<&'static str> {
    const LONGEST: usize = 40;
    let wanted = name.to_ascii_lowercase();
    if wanted.len() > LONGEST {
        return None;
    }
    let limit = (wanted.len() / 3).max(1);
    Opcode::ALL
        .iter()
        .map(|opcode| opcode.info().name)
        .map(|known| {
            (
                strsim::osa_distance(&wanted, &known.to_ascii_lowercase()),
                known,
            )
        })
        .filter(|&(distance, _)| distance <= limit)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, known)| known)
}
