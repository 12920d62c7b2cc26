//! The ids under which [`Op::ExtendedWide`] runs AWK operations.
//!
//! `ExtendedWide(id, payload)` does what the operation of that id does with `payload` as its
//! operand. An id of the range that has no operation pushes `Undef`; none reaches the handler of
//! wide extension operations.
//!
//! ```
//! use fusevm::{ChunkBuilder, Op, VM, VMResult, Value, awk_builtins};
//!
//! let mut builder = ChunkBuilder::new();
//! builder.emit(Op::LoadInt(10), 1);
//! builder.emit(Op::ExtendedWide(awk_builtins::AWK_COMPL, 0), 1);
//! let result = VM::new(builder.build()).run();
//! assert!(matches!(result, VMResult::Ok(value) if value == Value::Int(-11)));
//! ```

use crate::op::AWK_EXTENSION_IDS;

#[cfg(doc)]
use crate::op::Op;

/// The first id of the range.
pub const AWK_OP_BASE: u16 = AWK_EXTENSION_IDS.start;

/// The first id behind the range.
pub const AWK_OP_END: u16 = AWK_EXTENSION_IDS.end;

/// Whether an id belongs to the range of AWK operations, with an operation or without.
pub fn is_awk_op(id: u16) -> bool {
    AWK_EXTENSION_IDS.contains(&id)
}

/// One constant for each AWK operation, and their list.
macro_rules! ids {
    ($($name:ident = $op:ident, $id:literal;)*) => {
        $(
            #[doc = concat!("The id of [`Op::", stringify!($op), "`].")]
            pub const $name: u16 = $id;
        )*

        #[cfg(test)]
        const ALL: &[(u16, crate::op::Opcode)] = &[$(($name, crate::op::Opcode::$op)),*];
    };
}

ids! {
    AWK_FIELD_GET = AwkFieldGet, 40_000;
    AWK_FIELD_SET = AwkFieldSet, 40_001;
    AWK_NF = AwkNf, 40_002;
    AWK_SET_RECORD = AwkSetRecord, 40_003;
    AWK_SPECIAL_GET = AwkSpecialGet, 40_004;
    AWK_SPECIAL_SET = AwkSpecialSet, 40_005;
    AWK_PRINT = AwkPrint, 40_016;
    AWK_PRINTF = AwkPrintf, 40_017;
    AWK_SPRINTF = AwkSprintf, 40_018;
    AWK_GETLINE = AwkGetline, 40_024;
    AWK_LENGTH = AwkLength, 40_032;
    AWK_SUBSTR = AwkSubstr, 40_033;
    AWK_INDEX = AwkIndex, 40_034;
    AWK_SPLIT = AwkSplit, 40_035;
    AWK_SUB = AwkSub, 40_036;
    AWK_GSUB = AwkGsub, 40_037;
    AWK_MATCH = AwkMatch, 40_038;
    AWK_TOLOWER = AwkToLower, 40_039;
    AWK_TOUPPER = AwkToUpper, 40_040;
    AWK_INT = AwkInt, 40_041;
    AWK_SQRT = AwkSqrt, 40_042;
    AWK_SIN = AwkSin, 40_043;
    AWK_COS = AwkCos, 40_044;
    AWK_EXP = AwkExp, 40_045;
    AWK_LOG = AwkLog, 40_046;
    AWK_ATAN2 = AwkAtan2, 40_047;
    AWK_ARRAY_GET = AwkArrayGet, 40_048;
    AWK_ARRAY_SET = AwkArraySet, 40_049;
    AWK_ARRAY_EXISTS = AwkArrayExists, 40_050;
    AWK_ARRAY_DELETE = AwkArrayDelete, 40_051;
    AWK_ARRAY_CLEAR = AwkArrayClear, 40_052;
    AWK_ARRAY_LEN = AwkArrayLen, 40_053;
    AWK_AND = AwkAnd, 40_054;
    AWK_OR = AwkOr, 40_055;
    AWK_XOR = AwkXor, 40_056;
    AWK_COMPL = AwkCompl, 40_057;
    AWK_LSHIFT = AwkLshift, 40_058;
    AWK_RSHIFT = AwkRshift, 40_059;
    AWK_STRTONUM = AwkStrtonum, 40_060;
    AWK_SYSTIME = AwkSystime, 40_061;
    AWK_RAND = AwkRand, 40_062;
    AWK_SRAND = AwkSrand, 40_063;
    AWK_STRFTIME = AwkStrftime, 40_064;
    AWK_MKTIME = AwkMktime, 40_065;
    AWK_ORD = AwkOrd, 40_066;
    AWK_CHR = AwkChr, 40_067;
    AWK_MKBOOL = AwkMkbool, 40_068;
    AWK_INTDIV = AwkIntdiv, 40_069;
    AWK_INTDIV0 = AwkIntdiv0, 40_070;
    AWK_GENSUB = AwkGensub, 40_071;
}

/// Where [`Op::AwkGetline`] reads from.
///
/// In the payload of the wide form the low eight bits are the source; bits above are the index,
/// plus 1, of the name of the variable to read into, and 0 for no name.
pub mod getline_source {
    /// `getline`: the next record of the input.
    pub const MAIN: usize = 0;
    /// `getline v`: the next record of the input, into a variable.
    pub const MAIN_VAR: usize = 1;
    /// `getline < file`: a record of the file that the operand names.
    pub const FILE: usize = 2;
    /// `getline v < file`: a record of the file that the operand names, into a variable.
    pub const FILE_VAR: usize = 3;
    /// `cmd | getline`: a record of what the operand, a command, writes.
    pub const CMD: usize = 4;
    /// `cmd | getline v`: a record of what the operand, a command, writes, into a variable.
    pub const CMD_VAR: usize = 5;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::op::Opcode;

    #[test]
    fn every_awk_op_has_its_id() {
        let table = Opcode::ALL
            .iter()
            .filter_map(|op| Some((op.awk_id()?, *op)));
        assert_eq!(table.collect::<Vec<_>>(), ALL);
        assert_eq!(ALL.len(), 50);
    }

    #[test]
    fn the_range_is_half_open() {
        for (id, inside) in [
            (39_999, false),
            (40_000, true),
            (40_999, true),
            (41_000, false),
        ] {
            assert_eq!(is_awk_op(id), inside, "{id}");
        }
    }
}
