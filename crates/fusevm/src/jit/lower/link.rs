//! From machine code with references to machine code that can be put anywhere.

use std::collections::BTreeMap;

use cranelift_codegen::binemit::Reloc;
use cranelift_codegen::ir::ExternalName;
use cranelift_codegen::{CompiledCode, FinalizedMachReloc, FinalizedRelocTarget, ir};

use super::Refusal;

/// Where functions may start.
const ALIGNMENT: usize = 32;

/// Functions one behind the other, and what is still to be filled in.
#[derive(Debug, Default)]
pub(super) struct Linker {
    code: Vec<u8>,
    /// Where functions start, by name.
    starts: BTreeMap<u32, usize>,
    references: Vec<Reference>,
}

/// A place that refers to a function.
#[derive(Debug)]
struct Reference {
    at: usize,
    kind: Reloc,
    function: u32,
    addend: i64,
}

impl Linker {
    /// Adds the function of a name. What is added first is the entry.
    ///
    /// # Errors
    /// When it refers to something in a way that is not known here.
    pub(super) fn add(
        &mut self,
        name: u32,
        compiled: &CompiledCode,
        source: &ir::Function,
    ) -> Result<(), Refusal> {
        let start = self.code.len().next_multiple_of(ALIGNMENT);
        self.code.resize(start, 0);
        self.starts.insert(name, start);
        self.code.extend_from_slice(compiled.code_buffer());
        for reloc in compiled.buffer.relocs() {
            let function = name_in(reloc, source).ok_or("it refers to what is not known")?;
            self.references.push(Reference {
                at: start + reloc.offset as usize,
                kind: reloc.kind,
                function,
                addend: reloc.addend,
            });
        }
        Ok(())
    }

    /// The code, with all references filled in.
    ///
    /// # Errors
    /// When one is of a kind that is not known here, or too far.
    pub(super) fn finish(mut self) -> Result<Vec<u8>, Refusal> {
        const REFUSED: Refusal = "calls have no native code on this processor";
        for reference in &self.references {
            let target = *self.starts.get(&reference.function).ok_or(REFUSED)? as i64;
            let distance = target - reference.at as i64 + reference.addend;
            let place = self.code.get_mut(reference.at..reference.at + 4);
            let place: &mut [u8; 4] = place.and_then(|p| p.try_into().ok()).ok_or(REFUSED)?;
            match reference.kind {
                Reloc::X86CallPCRel4 => {
                    *place = i32::try_from(distance).map_err(|_| REFUSED)?.to_le_bytes();
                }
                Reloc::Arm64Call => {
                    let words = i32::try_from(distance / 4).map_err(|_| REFUSED)?;
                    if !(-(1 << 25)..1 << 25).contains(&words) {
                        return Err(REFUSED);
                    }
                    let call = u32::from_le_bytes(*place) | words as u32 & 0x03ff_ffff;
                    *place = call.to_le_bytes();
                }
                _ => return Err(REFUSED),
            }
        }
        Ok(self.code)
    }
}

/// The name of the function that something refers to.
fn name_in(reloc: &FinalizedMachReloc, source: &ir::Function) -> Option<u32> {
    match reloc.target {
        FinalizedRelocTarget::ExternalName(ExternalName::User(name)) => {
            Some(source.params.user_named_funcs()[name].index)
        }
        _ => None,
    }
}
