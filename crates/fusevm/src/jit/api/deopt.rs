//! How a trace that was left in the middle is described.

/// Calls that a [`DeoptInfo`] can describe.
pub const MAX_DEOPT_FRAMES: usize = 4;
/// Slots of each of them.
pub const MAX_DEOPT_SLOTS_PER_FRAME: usize = 16;
/// Operands that a [`DeoptInfo`] can describe.
pub const MAX_DEOPT_STACK: usize = 32;
/// The operand is an integer.
pub const STACK_KIND_INT: u8 = 0;
/// The operand is the bits of a float.
pub const STACK_KIND_FLOAT: u8 = 1;

/// A call that was open when a trace was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct DeoptFrame {
    /// Index of the operation at which the caller goes on.
    pub return_ip: usize,
    /// How many slots are described.
    pub slot_count: usize,
    /// Their integers; the rest is 0.
    pub slots: [i64; MAX_DEOPT_SLOTS_PER_FRAME],
}

impl DeoptFrame {
    /// No frame: all numbers are 0.
    pub const fn zeroed() -> Self {
        DeoptFrame {
            return_ip: 0,
            slot_count: 0,
            slots: [0; MAX_DEOPT_SLOTS_PER_FRAME],
        }
    }
}

impl Default for DeoptFrame {
    fn default() -> Self {
        Self::zeroed()
    }
}

/// What has to be put on a machine's stacks to go on where a trace was left.
///
/// [`JitCompiler::trace_lookup`](crate::JitCompiler::trace_lookup) fills it. It has room for what it
/// says and no more: a trace is not left, but given up before it did anything, where that is too
/// little. Machines that run by themselves have no such bound and do not use this.
///
/// ```
/// use fusevm::DeoptInfo;
///
/// let info = DeoptInfo::zeroed();
/// assert_eq!((info.resume_ip, info.frame_count, info.stack_count), (0, 0, 0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct DeoptInfo {
    /// Index of the operation to go on with.
    pub resume_ip: usize,
    /// How many calls are open, at most [`MAX_DEOPT_FRAMES`].
    pub frame_count: usize,
    /// How many operands there are, at most [`MAX_DEOPT_STACK`].
    pub stack_count: usize,
    /// The calls, the outermost first.
    pub frames: [DeoptFrame; MAX_DEOPT_FRAMES],
    /// The operands, the lowest first.
    pub stack_buf: [i64; MAX_DEOPT_STACK],
    /// What each of them is: [`STACK_KIND_INT`] or [`STACK_KIND_FLOAT`].
    pub stack_kinds: [u8; MAX_DEOPT_STACK],
}

impl DeoptInfo {
    /// Nothing to do: all numbers are 0.
    pub const fn zeroed() -> Self {
        DeoptInfo {
            resume_ip: 0,
            frame_count: 0,
            stack_count: 0,
            frames: [DeoptFrame::zeroed(); MAX_DEOPT_FRAMES],
            stack_buf: [0; MAX_DEOPT_STACK],
            stack_kinds: [STACK_KIND_INT; MAX_DEOPT_STACK],
        }
    }
}

impl Default for DeoptInfo {
    fn default() -> Self {
        Self::zeroed()
    }
}
