//! What stored native code is for: the program, and the build and processor.

use std::hash::{Hash as _, Hasher};
use std::sync::OnceLock;

use blake3::Hash;
use cranelift_codegen::isa::TargetIsa;

use super::file;
use crate::chunk::Chunk;
use crate::jit::lower;
use crate::value::array_layout;

/// Sets hashes of builders apart from those of anything else.
const BUILDER: &str = "fusevm 2026 native code: builder";

/// What the code of a chunk is for.
#[derive(Debug)]
pub(super) struct Identity {
    hash: Hash,
}

impl Identity {
    /// That of a chunk, made by this build for this processor. `None` where there is no code generator, or
    /// if the chunk cannot be told from all others.
    pub(super) fn of(chunk: &Chunk) -> Option<Self> {
        static BUILDER: OnceLock<Option<Hash>> = OnceLock::new();
        let builder = BUILDER.get_or_init(|| lower::isa().map(|isa| builder(&**isa)));
        Self::with(builder.as_ref()?, chunk)
    }

    fn with(builder: &Hash, chunk: &Chunk) -> Option<Self> {
        Some(Identity {
            hash: blake3::keyed_hash(builder.as_bytes(), &chunk.effective_content()?),
        })
    }

    pub(super) fn as_bytes(&self) -> &[u8; blake3::OUT_LEN] {
        self.hash.as_bytes()
    }

    /// The name of the file with the code.
    pub(super) fn file_name(&self) -> String {
        let digits = self.hash.to_hex();
        [&digits[..32], file::EXTENSION].concat()
    }
}

/// What tells this build and what it makes code for from others.
fn builder(isa: &dyn TargetIsa) -> Hash {
    let mut hasher = Blake(blake3::Hasher::new_derive_key(BUILDER));
    let this = (env!("FUSEVM_BUILD_ID"), env!("CARGO_PKG_VERSION"));
    this.hash(&mut hasher);
    cranelift_codegen::VERSION.hash(&mut hasher);
    isa.triple().to_string().hash(&mut hasher);
    isa.flags().hash(&mut hasher);
    isa.isa_flags_hash_key().hash(&mut hasher);
    // Found out when the program runs.
    let vector = array_layout::vector().map(|places| [places.start, places.len, places.capacity]);
    vector.hash(&mut hasher);
    hasher.0.finalize()
}

/// Makes a hash of what can be hashed.
struct Blake(blake3::Hasher);

impl Hasher for Blake {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = *self.0.finalize().as_bytes();
        u64::from_le_bytes([a, b, c, d, e, f, g, h])
    }
}

#[cfg(test)]
mod tests {
    use cranelift_codegen::isa;
    use cranelift_codegen::settings::{self, Configurable};

    use super::*;
    use crate::chunk::{Numeric, Overflow, assemble};
    use crate::op::Op;
    use crate::value::{Object, Value};

    #[test]
    fn other_processors_and_settings_are_others() {
        let with = |set: &[&str], opt_level: &str| {
            let mut flags = settings::builder();
            flags.set("opt_level", opt_level).unwrap();
            let mut isa = isa::lookup_by_name("x86_64").unwrap();
            for name in set {
                isa.enable(name).unwrap();
            }
            builder(&*isa.finish(settings::Flags::new(flags)).unwrap())
        };
        let all = [
            with(&[], "none"),
            with(&[], "speed"),
            with(&["has_avx"], "none"),
            with(&["has_avx", "has_fma"], "none"),
        ];
        for (at, one) in all.iter().enumerate() {
            assert!(all[..at].iter().all(|other| other != one));
        }
        assert_eq!(all[0], with(&[], "none"));
    }

    #[test]
    fn chunks_are_told_apart_by_all_that_execution_sees() {
        let program = ".slot x\n LoadConst 1.5\n SetVar y\n Call f 0\n SetSlot x\n .sub f\n LoadInt 3\n ReturnValue\n";
        let chunk = assemble("a.fasm", program).unwrap();
        let identity = |chunk: &Chunk| Identity::of(chunk).map(|identity| identity.hash);
        let own = identity(&chunk);
        assert!(own.is_some());
        let changes: [fn(&mut Chunk); 7] = [
            |chunk| chunk.ops[0] = Op::LoadInt(9),
            |chunk| chunk.constants.push(Value::Undef),
            |chunk| chunk.constants[0] = Value::Float(-0.0),
            |chunk| chunk.names[0].push('x'),
            |chunk| chunk.sub_entries[0].1 += 1,
            |chunk| chunk.block_ranges.push((0, 1)),
            |chunk| {
                chunk.numeric = Numeric {
                    overflow: Overflow::Promote,
                    ..chunk.numeric
                }
            },
        ];
        for (number, change) in changes.iter().enumerate() {
            let mut changed = chunk.clone();
            change(&mut changed);
            assert_ne!(identity(&changed), own, "change {number}");
            assert!(identity(&changed).is_some());
        }
        let mut moved = chunk.clone();
        moved.source = "b.fasm".to_owned();
        moved.lines[0] += 1;
        assert_eq!(
            identity(&moved),
            own,
            "code does not depend on where the source is"
        );
        let other = Identity::with(&blake3::hash(b"another build"), &chunk);
        assert_ne!(other.map(|identity| identity.hash), own);
        let mut with_object = chunk.clone();
        with_object
            .constants
            .push(Value::Object(Object::new(Nobody)));
        assert_eq!(identity(&with_object), None);
    }

    struct Nobody;

    impl crate::value::HostObject for Nobody {
        fn type_name(&self) -> &str {
            "nobody"
        }
    }
}
