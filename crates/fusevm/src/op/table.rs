//! The instruction table: every op is described here once, and everything that must agree about
//! ops (the [`Op`](super::Op) enum, its queries, the assembler, the reference page) derives from it.
//!
//! A row reads
//!
//! ```text
//! /// What the op does, in the words of the reference page.
//! Name(operand: Kind, ...): "before -> after" Class [FLAG, ...];
//! ```
//!
//! - `Kind` is an [`OperandKind`](super::OperandKind), which also fixes the operand's Rust type.
//! - The stack picture lists what the op takes and what it leaves, the top on the right. `name*`
//!   stands for as many values as the op's count operand says, `name?` for values whose number
//!   depends on the operand in another way, and `...` for an effect that is only known at run time.
//!   A result named like a value kind (`Int`, `Array`) always has that kind.
//! - `Class` is a [`HandlerClass`](super::HandlerClass), the flags are those of
//!   [`OpFlags`](super::OpFlags) that do not follow from the rest of the row.
//! - `@ id` before the colon is the id under which the AWK dispatcher knows the op.
//!
//! The order of the rows is the numbering of the ops in stored chunks. Rows 0 to 186 are frozen;
//! new rows go to the end.

/// Calls the macro `$callback` with the whole table.
macro_rules! op_table {
    ($callback:ident) => {
        $callback! {

        section NoOp "No operation" {
            /// Does nothing.
            Nop: "->" Pure;
        }

        section Constants "Constants" {
            /// Pushes the operand as an `Int`.
            LoadInt(value: IntLiteral): "-> Int" Pure;
            /// Pushes the operand as a `Float`, bit for bit.
            LoadFloat(value: FloatLiteral): "-> Float" Pure;
            /// Pushes an entry of the constant pool, of any kind; an index outside the pool gives `Undef`.
            LoadConst(constant: Constant): "-> value" Pure;
            /// Pushes `Bool(true)`.
            LoadTrue: "-> Bool" Pure;
            /// Pushes `Bool(false)`.
            LoadFalse: "-> Bool" Pure;
            /// Pushes `Undef`.
            LoadUndef: "-> Undef" Pure;
        }

        section StackShuffling "Stack shuffling" {
            /// Discards the top value.
            Pop: "a ->" Pure;
            /// Pushes a copy of the top value. On an empty stack it pushes a single `Undef`.
            Dup: "a -> a a" Pure [PEEK];
            /// Pushes copies of the two top values, in the same order.
            Dup2: "a b -> a b a b" Pure [PEEK];
            /// Exchanges the two top values.
            Swap: "a b -> b a" Pure;
            /// Brings the third value from the top to the top.
            Rot: "a b c -> b c a" Pure;
        }

        section Variables "Variables and slots" {
            /// Pushes a global variable; one that was never stored is `Undef`.
            GetVar(global: Global): "-> value" Vm;
            /// Stores the top value in a global variable.
            SetVar(global: Global): "value ->" Vm;
            /// Same as `SetVar`: stores an initial value in a global variable. It opens no scope.
            DeclareVar(global: Global): "value ->" Vm;
            /// Pushes a slot of the current frame; one that was never stored is `Undef`.
            GetSlot(slot: Slot): "-> value" Vm;
            /// Stores the top value in a slot of the current frame.
            SetSlot(slot: Slot): "value ->" Vm;
            /// Pushes an element of the array in a slot. `Undef` when the index is negative or past the
            /// end, or when the slot holds no array.
            SlotArrayGet(slot: Slot): "index -> value" Vm;
            /// Stores into an element of the array in a slot, growing it with `Undef`. The value is dropped
            /// when the index is negative or the slot holds no array.
            SlotArraySet(slot: Slot): "value index ->" Vm [FALLIBLE];
        }

        section Arrays "Arrays" {
            /// Same as `GetVar`; the kind is not checked.
            GetArray(global: Global): "-> value" Vm;
            /// Same as `SetVar`; the kind is not checked.
            SetArray(global: Global): "value ->" Vm;
            /// Makes a global variable an empty array and discards what it held.
            DeclareArray(global: Global): "->" Vm;
            /// Pushes an element of a global array. `Undef` when the index is negative or past the end, or
            /// when the global holds no array.
            ArrayGet(global: Global): "index -> value" Vm;
            /// Stores into an element of a global array, growing it with `Undef`. The value is dropped when
            /// the index is negative or the global holds no array.
            ArraySet(global: Global): "value index ->" Vm [FALLIBLE];
            /// Appends the top value to a global array; the value is dropped when the global holds no array.
            ArrayPush(global: Global): "value ->" Vm [FALLIBLE];
            /// Removes the last element of a global array and pushes it; `Undef` when there is none.
            ArrayPop(global: Global): "-> value" Vm;
            /// Removes the first element of a global array and pushes it; `Undef` when there is none.
            ArrayShift(global: Global): "-> value" Vm;
            /// Pushes the number of elements of a global array; 0 when the global holds no array.
            ArrayLen(global: Global): "-> Int" Vm;
            /// Collects the top values into an array, the deepest first. Takes what is there when the stack
            /// holds fewer.
            MakeArray(count: Count): "values* -> Array" Pure [LIST, FALLIBLE];
        }

        section Hashes "Hashes" {
            /// Same as `GetVar`; the kind is not checked.
            GetHash(global: Global): "-> value" Vm;
            /// Same as `SetVar`; the kind is not checked.
            SetHash(global: Global): "value ->" Vm;
            /// Makes a global variable an empty hash and discards what it held.
            DeclareHash(global: Global): "->" Vm;
            /// Pushes the value stored under a key of a global hash. `Undef` when the key is missing or the
            /// global holds no hash; nothing is inserted.
            HashGet(global: Global): "key -> value" Vm [FALLIBLE];
            /// Stores a value under a key of a global hash; dropped when the global holds no hash.
            HashSet(global: Global): "value key ->" Vm [FALLIBLE];
            /// Removes a key from a global hash and pushes its value; `Undef` when there was none.
            HashDelete(global: Global): "key -> value" Vm [FALLIBLE];
            /// Pushes whether a global hash has the key. A stored `Undef` counts as present.
            HashExists(global: Global): "key -> Bool" Vm [FALLIBLE];
            /// Pushes the keys of a global hash in insertion order; an empty array when it holds no hash.
            HashKeys(global: Global): "-> Array" Vm [FALLIBLE];
            /// Pushes the values of a global hash in insertion order; an empty array when it holds no hash.
            HashValues(global: Global): "-> Array" Vm [FALLIBLE];
            /// Collects the top values into a hash, key before value, the deepest pair first. The operand
            /// counts values, not pairs. The last of equal keys wins; a last key without a value is dropped.
            /// Takes what is there when the stack holds fewer.
            MakeHash(count: Count): "pairs* -> Hash" Pure [LIST, FALLIBLE];
        }

        section Arithmetic "Arithmetic" {
            /// Adds. Two `Int`s wrap to an `Int`; any other pair is added as floats.
            Add: "a b -> num" Pure [COMMUTATIVE];
            /// Subtracts the top value. Two `Int`s wrap to an `Int`; any other pair is taken as floats.
            Sub: "a b -> num" Pure;
            /// Multiplies. Two `Int`s wrap to an `Int`; any other pair is multiplied as floats.
            Mul: "a b -> num" Pure [COMMUTATIVE];
            /// Divides by the top value, always as floats. A zero divisor gives `Undef`.
            Div: "a b -> num" Pure;
            /// Remainder with the sign of the left operand. Two `Int`s give an `Int`, 0 for divisor 0; any
            /// other pair is taken as floats, NaN for divisor 0.
            Mod: "a b -> num" Pure;
            /// Raises to the power of the top value, always as floats.
            Pow: "a b -> Float" Pure;
            /// Negates: an `Int` wraps, any other value is negated as a float.
            Negate: "a -> num" Pure;
            /// Adds one to the value as an integer; wraps.
            Inc: "a -> Int" Pure;
            /// Subtracts one from the value as an integer; wraps.
            Dec: "a -> Int" Pure;
        }

        section Strings "Strings" {
            /// Joins the texts of two values.
            Concat: "a b -> text" Pure [FALLIBLE];
            /// Repeats the text of a value; a count of 0 or less gives the empty string.
            StringRepeat: "a count -> text" Pure [FALLIBLE];
            /// Pushes the length: bytes of a string, entries of an array or hash, bytes of the text form of
            /// anything else.
            StringLen: "a -> Int" Pure;
        }

        section NumericComparison "Numeric comparison" {
            /// Numerically equal. Two `Int`s compare exactly, any other pair as floats.
            NumEq: "a b -> Bool" Pure [COMMUTATIVE];
            /// Numerically unequal; true when either is NaN.
            NumNe: "a b -> Bool" Pure [COMMUTATIVE];
            /// Numerically less; false when either is NaN.
            NumLt: "a b -> Bool" Pure;
            /// Numerically greater; false when either is NaN.
            NumGt: "a b -> Bool" Pure;
            /// Numerically less or equal; false when either is NaN.
            NumLe: "a b -> Bool" Pure;
            /// Numerically greater or equal; false when either is NaN.
            NumGe: "a b -> Bool" Pure;
            /// Compares numerically: -1, 0 or 1; 0 when either is NaN.
            Spaceship: "a b -> Int" Pure;
        }

        section StringComparison "String comparison" {
            /// The texts are equal.
            StrEq: "a b -> Bool" Pure [COMMUTATIVE, FALLIBLE];
            /// The texts differ.
            StrNe: "a b -> Bool" Pure [COMMUTATIVE, FALLIBLE];
            /// The left text sorts before the right one, byte by byte.
            StrLt: "a b -> Bool" Pure [FALLIBLE];
            /// The left text sorts after the right one, byte by byte.
            StrGt: "a b -> Bool" Pure [FALLIBLE];
            /// The left text sorts before the right one, or they are equal.
            StrLe: "a b -> Bool" Pure [FALLIBLE];
            /// The left text sorts after the right one, or they are equal.
            StrGe: "a b -> Bool" Pure [FALLIBLE];
            /// Compares the texts byte by byte: -1, 0 or 1.
            StrCmp: "a b -> Int" Pure [FALLIBLE];
        }

        section Logic "Logic and bits" {
            /// Pushes whether the value is false.
            LogNot: "a -> Bool" Pure;
            /// Pushes whether both values are true. Both have been evaluated already.
            LogAnd: "a b -> Bool" Pure [COMMUTATIVE];
            /// Pushes whether one of the values is true. Both have been evaluated already.
            LogOr: "a b -> Bool" Pure [COMMUTATIVE];
            /// Bitwise and of two integers.
            BitAnd: "a b -> Int" Pure [COMMUTATIVE];
            /// Bitwise or of two integers.
            BitOr: "a b -> Int" Pure [COMMUTATIVE];
            /// Bitwise exclusive or of two integers.
            BitXor: "a b -> Int" Pure [COMMUTATIVE];
            /// One's complement of an integer.
            BitNot: "a -> Int" Pure;
            /// Shifts left by the low six bits of the count.
            Shl: "a count -> Int" Pure;
            /// Shifts right by the low six bits of the count, filling with the sign.
            Shr: "a count -> Int" Pure;
        }

        section ControlFlow "Control flow" {
            /// Continues at the target.
            Jump(target: Target): "->" Pure [TERMINATOR];
            /// Takes the condition and jumps when it is true.
            JumpIfTrue(target: Target): "cond ->" Pure;
            /// Takes the condition and jumps when it is false.
            JumpIfFalse(target: Target): "cond ->" Pure;
            /// Jumps when the top value is true; the value stays on either way.
            JumpIfTrueKeep(target: Target): "cond -> cond" Pure [PEEK];
            /// Jumps when the top value is false; the value stays on either way.
            JumpIfFalseKeep(target: Target): "cond -> cond" Pure [PEEK];
        }

        section Functions "Functions" {
            /// Enters the sub registered under a name, in a new frame with empty slots. The arguments stay
            /// on the stack for it to take. An unknown name, or exceeding the call depth, is an error.
            Call(name: Name, argc: Argc): "args* -> ..." Vm [LIST, FALLIBLE];
            /// Leaves the current call and drops what it left on the stack, arguments included; pushes
            /// nothing. At top level it ends the run and the stack stays.
            Return: "->" Vm [TERMINATOR];
            /// Leaves the current call like `Return`, then pushes the value. At top level it ends the run
            /// with the value.
            ReturnValue: "value ->" Vm [TERMINATOR];
        }

        section ScopeFrames "Scope frames" {
            /// Opens a frame with empty slots; the slots of the outer frame are hidden until it is closed.
            PushFrame: "->" Vm [FALLIBLE];
            /// Closes the current frame and cuts the stack back to its height at `PushFrame`. The outermost
            /// frame is never removed.
            PopFrame: "... -> ..." Vm;
        }

        section InputOutput "Input and output" {
            /// Writes the texts of the values, the deepest first, with nothing between or after them. Takes
            /// what is there when the stack holds fewer.
            Print(count: Argc): "values* ->" Vm [LIST, FALLIBLE];
            /// Writes like `Print`, then a line feed.
            PrintLn(count: Argc): "values* ->" Vm [LIST, FALLIBLE];
            /// Reads a line without its line feed and pushes it; `Undef` at the end of input.
            ReadLine: "-> line" Vm [FALLIBLE];
        }

        section Ranges "Ranges" {
            /// Pushes the integers from the first to the last bound; empty when the first is greater.
            Range: "from to -> Array" Pure [FALLIBLE];
            /// Pushes the integers from the first bound towards the second, by the step, which may be
            /// negative. Empty for step 0 or a step in the wrong direction.
            RangeStep: "from to step -> Array" Pure [FALLIBLE];
        }

        section HigherOrder "Higher-order" {
            /// Runs a block once per element, with the element on the stack, and pushes the array of
            /// results. No array, or no such block, is an error.
            MapBlock(block: Block): "array -> Array" Vm [FALLIBLE];
            /// Runs a block once per element and pushes the elements whose result is true.
            GrepBlock(block: Block): "array -> Array" Vm [FALLIBLE];
            /// Sorts an array, stably. The block finds two elements on the stack and leaves a number below,
            /// equal to or above 0.
            SortBlock(block: Block): "array -> Array" Vm [FALLIBLE];
            /// Sorts an array by the texts of its elements, stably.
            SortDefault: "array -> Array" Pure [FALLIBLE];
            /// Runs a block once per element and pushes nothing.
            ForEachBlock(block: Block): "array ->" Vm [FALLIBLE];
        }

        section Fused "Fused operations" {
            /// Adds one to a slot and pushes the new value.
            PreIncSlot(slot: Slot): "-> Int" Vm;
            /// Jumps unless the slot is below the limit: the entry test of a counting loop.
            SlotLtIntJumpIfFalse(slot: Slot, limit: Limit, target: Target): "->" Vm;
            /// Adds one to the slot, then jumps if the new value is below the limit: the end of a counting
            /// loop.
            SlotIncLtIntJumpBack(slot: Slot, limit: Limit, target: Target): "->" Vm;
            /// While the counter is below the limit, adds it to the sum and advances it. Both slots become
            /// `Int` even without a pass.
            AccumSumLoop(sum: Slot, counter: Slot, limit: Limit): "->" Vm [LOOP];
            /// While the counter is below the limit, appends the text of the constant to the string slot and
            /// advances the counter. The slots become a string and an `Int` even without a pass.
            ConcatConstLoop(constant: Constant, text: Slot, counter: Slot, limit: Limit):
                "->" Vm [LOOP, FALLIBLE];
            /// While the counter is below the limit, appends it to the global array and advances it. A
            /// global that holds no array becomes one, even without a pass.
            PushIntRangeLoop(array: Global, counter: Slot, limit: Limit): "->" Vm [LOOP, FALLIBLE];
            /// Adds the second slot to the first.
            AddAssignSlotVoid(into: Slot, from: Slot): "->" Vm;
            /// Adds one to a slot.
            PreIncSlotVoid(slot: Slot): "->" Vm;
            /// Subtracts one from a slot and pushes the new value.
            PreDecSlot(slot: Slot): "-> Int" Vm;
            /// Adds one to a slot and pushes the old value, as an integer.
            PostIncSlot(slot: Slot): "-> Int" Vm;
            /// Subtracts one from a slot and pushes the old value, as an integer.
            PostDecSlot(slot: Slot): "-> Int" Vm;
        }

        section Builtins "Builtins" {
            /// Calls the function registered under an id and pushes what it returns. The function takes its
            /// arguments from the stack itself. An unregistered id does nothing.
            CallBuiltin(builtin: Builtin, argc: Argc): "args* -> ..." Reentrant [LIST];
        }

        section Extension "Extension" {
            /// Calls the extension handler with the id and the payload; without a handler it does nothing.
            Extended(id: Extension, payload: Byte): "... -> ..." Reentrant;
            /// Calls the wide extension handler with the id and the payload; without a handler it does
            /// nothing. Ids from 40000 to 40999 run the AWK op of that id instead; `Undef` where there is none.
            ExtendedWide(id: Extension, payload: Payload): "... -> ..." Reentrant;
        }

        section Shell "Shell" {
            /// Runs a command and pushes its `Status`: a sub of the chunk, `true`, `false` or `echo`, or
            /// what the host or the system has by that name. A sub takes the words behind its name from
            /// the stack, as texts, and pushes what it returns, or the last status. An array gives one
            /// word per element. Does not set the last status.
            Exec(argc: Argc): "words* -> ..." Reentrant [LIST];
            /// Starts a command without waiting for it and pushes `Status(0)`.
            ExecBg(argc: Argc): "words* -> Status" Reentrant [LIST];
            /// Opens a pipeline with the given number of stages.
            PipelineBegin(stages: Number): "->" Reentrant;
            /// Goes on to the next stage of the pipeline.
            PipelineStage: "->" Reentrant;
            /// Closes the pipeline; its status is pushed and becomes the last status.
            PipelineEnd: "-> Status" Reentrant;
            /// Redirects a file descriptor of the next command.
            Redirect(fd: Fd, kind: RedirectKind): "target ->" Reentrant;
            /// Makes the text of a constant the standard input of the next command.
            HereDoc(constant: Constant): "->" Reentrant;
            /// Makes the text of the value the standard input of the next command.
            HereString: "text ->" Reentrant;
            /// Pushes the captured output of a sub-chunk; the empty string without a host.
            CmdSubst(chunk: SubChunk): "-> Str" Reentrant;
            /// Enters an isolated scope.
            SubshellBegin: "->" Reentrant;
            /// Leaves the isolated scope; a status that the host supplies becomes the last status.
            SubshellEnd: "->" Reentrant;
            /// Pushes the path from which the output of a sub-chunk can be read.
            ProcessSubIn(chunk: SubChunk): "-> Str" Reentrant;
            /// Pushes the path to which the input of a sub-chunk can be written.
            ProcessSubOut(chunk: SubChunk): "-> Str" Reentrant;
            /// Pushes the paths that match a pattern.
            Glob: "pattern -> Array" Reentrant;
            /// Pushes the paths that match a pattern, as the host's recursive search finds them; without a
            /// host the same as `Glob`, found in parallel.
            GlobRecursive: "pattern -> Array" Reentrant;
            /// Tests a property of a file; false for an unknown test. Never asks the host.
            TestFile(test: FileTest): "path -> Bool" Vm [FALLIBLE];
            /// Makes the low 32 bits of the value, as an integer, the last status.
            SetStatus: "value ->" Vm;
            /// Pushes the last status, initially 0.
            GetStatus: "-> Status" Vm;
            /// Installs a sub-chunk as the handler of the signal that the value names.
            TrapSet(chunk: SubChunk): "signal ->" Reentrant;
            /// Lets the host run the handlers of pending signals.
            TrapCheck: "->" Reentrant;
            /// Expands a parameter. The modifier decides how many arguments follow the name: two for a
            /// substitution or slice, one for a default or a strip, none otherwise. Without a host the
            /// result is the empty string.
            ExpandParam(modifier: ParamMod): "name args? -> value" Reentrant;
            /// Splits a text into words.
            WordSplit: "text -> Array" Reentrant;
            /// Expands the brace alternatives of a text.
            BraceExpand: "text -> Array" Reentrant;
            /// Expands a leading home-directory mark.
            TildeExpand: "text -> text" Reentrant;
            /// Runs a command by name and pushes its `Status`, which becomes the last status: a function of
            /// the host, a sub of the chunk, which works as in `Exec` and sets no status, or what the host
            /// or the system has by that name.
            CallFunction(name: Name, argc: Argc): "args* -> ..." Reentrant [LIST];
            /// Matches a text against a pattern; without a host it tests for equality.
            StrMatch: "text pattern -> Bool" Reentrant;
            /// Matches a text against a regular expression; false without a host.
            RegexMatch: "text regex -> Bool" Reentrant;
            /// Opens a scope for the given number of redirections.
            WithRedirectsBegin(count: Number): "->" Reentrant;
            /// Closes the innermost redirection scope.
            WithRedirectsEnd: "->" Reentrant;
        }

        section Awk "AWK" {
            /// Pushes a field of the record; the empty string without a host.
            AwkFieldGet @ 40000: "index -> value" Vm [FALLIBLE];
            /// Stores a field of the record.
            AwkFieldSet @ 40001: "value index ->" Vm [FALLIBLE];
            /// Pushes the number of fields; 0 without a host.
            AwkNf @ 40002: "-> Int" Vm [FALLIBLE];
            /// Replaces the record.
            AwkSetRecord @ 40003: "value ->" Reentrant;
            /// Pushes a special variable; `Undef` without a host.
            AwkSpecialGet(name: Name) @ 40004: "-> value" Reentrant;
            /// Stores a special variable.
            AwkSpecialSet(name: Name) @ 40005: "value ->" Reentrant;
            /// Prints the values; without a host they are dropped.
            AwkPrint(argc: Argc) @ 40016: "args* ->" Reentrant;
            /// Prints the values as the first of them, the format, says; without a host they are dropped.
            AwkPrintf(argc: Argc) @ 40017: "args* ->" Reentrant;
            /// Formats the values as the first of them says; the empty string without a host.
            AwkSprintf(argc: Argc) @ 40018: "args* -> value" Reentrant;
            /// Reads a record: 1 on success, 0 at the end of input, -1 on error. Sources 2 to 5 (a file or a
            /// command) take its name from the stack. 0 without a host.
            AwkGetline(source: Getline) @ 40024: "source? -> Int" Reentrant;
            /// Pushes the length in characters of a text, the last of the values, or of the record when the
            /// count is 0.
            AwkLength(argc: Argc) @ 40032: "args* -> Int" Vm [FALLIBLE];
            /// Pushes a part of a text: text, first character counted from 1, and an optional length.
            AwkSubstr(argc: Argc) @ 40033: "args* -> value" Vm [FALLIBLE];
            /// Pushes the position in characters of the second text in the first, counted from 1, or 0.
            AwkIndex @ 40034: "text part -> Int" Vm [FALLIBLE];
            /// Splits a text into the named array and pushes the number of parts: text, array name, and an
            /// optional separator. 0 without a host.
            AwkSplit(argc: Argc) @ 40035: "args* -> Int" Reentrant;
            /// Replaces the first match: regular expression, replacement, and an optional target, otherwise
            /// the record. A target is a variable's name, a field's number as an `Int`, or an array of an
            /// array's name and a key. Pushes the number of replacements; 0 without a host.
            AwkSub(argc: Argc) @ 40036: "args* -> Int" Reentrant;
            /// Replaces all matches; arguments and result as for `AwkSub`.
            AwkGsub(argc: Argc) @ 40037: "args* -> Int" Reentrant;
            /// Pushes the position of the first match, counted from 1, or 0; 0 without a host.
            AwkMatch @ 40038: "text regex -> Int" Reentrant;
            /// Pushes the text in lower case.
            AwkToLower @ 40039: "text -> value" Reentrant;
            /// Pushes the text in upper case.
            AwkToUpper @ 40040: "text -> value" Reentrant;
            /// Truncates towards zero: an `Int` where it fits, otherwise a `Float`.
            AwkInt @ 40041: "x -> value" Reentrant;
            /// Square root.
            AwkSqrt @ 40042: "x -> value" Reentrant;
            /// Sine of an angle in radians.
            AwkSin @ 40043: "x -> value" Reentrant;
            /// Cosine of an angle in radians.
            AwkCos @ 40044: "x -> value" Reentrant;
            /// Exponential.
            AwkExp @ 40045: "x -> value" Reentrant;
            /// Natural logarithm.
            AwkLog @ 40046: "x -> value" Reentrant;
            /// Angle of the point (x, y), in radians.
            AwkAtan2 @ 40047: "y x -> value" Reentrant;
            /// Pushes an element of an array; the empty string without a host.
            AwkArrayGet(array: Name) @ 40048: "key -> value" Reentrant;
            /// Stores an element of an array.
            AwkArraySet(array: Name) @ 40049: "value key ->" Reentrant;
            /// Pushes whether an array has the key; false without a host.
            AwkArrayExists(array: Name) @ 40050: "key -> Bool" Reentrant;
            /// Deletes an element of an array.
            AwkArrayDelete(array: Name) @ 40051: "key ->" Reentrant;
            /// Deletes all elements of an array.
            AwkArrayClear(array: Name) @ 40052: "->" Reentrant;
            /// Pushes the number of elements of an array; 0 without a host.
            AwkArrayLen(array: Name) @ 40053: "-> Int" Reentrant;
            /// Bitwise and of the values; 0 for none.
            AwkAnd(argc: Argc) @ 40054: "args* -> value" Reentrant;
            /// Bitwise or of the values; 0 for none.
            AwkOr(argc: Argc) @ 40055: "args* -> value" Reentrant;
            /// Bitwise exclusive or of the values; 0 for none.
            AwkXor(argc: Argc) @ 40056: "args* -> value" Reentrant;
            /// One's complement.
            AwkCompl @ 40057: "a -> value" Reentrant;
            /// Shifts left by the low six bits of the count.
            AwkLshift @ 40058: "a count -> value" Reentrant;
            /// Shifts right by the low six bits of the count, filling with zeros.
            AwkRshift @ 40059: "a count -> value" Reentrant;
            /// Reads a number from a text; a prefix makes it hexadecimal or octal.
            AwkStrtonum @ 40060: "text -> value" Reentrant;
            /// Pushes the seconds since the start of 1970, with their fraction.
            AwkSystime @ 40061: "-> value" Reentrant;
            /// Pushes the next pseudo-random number, at least 0 and below 1. Never asks the host.
            AwkRand @ 40062: "-> Float" Vm;
            /// Reseeds the generator from the last of the values, or from the clock when the count is 0, and
            /// pushes the previous seed. Never asks the host.
            AwkSrand(argc: Argc) @ 40063: "args* -> Float" Vm;
            /// Formats a time: format, seconds since the start of 1970, and whether to use UTC, all
            /// optional.
            AwkStrftime(argc: Argc) @ 40064: "args* -> value" Reentrant;
            /// Pushes the time that a text names, in seconds since the start of 1970, or -1: text and
            /// whether to use UTC.
            AwkMktime(argc: Argc) @ 40065: "args* -> value" Reentrant;
            /// Pushes the code point of the first character of a text, 0 for the empty string.
            AwkOrd @ 40066: "text -> value" Reentrant;
            /// Pushes the character of a code point; the empty string for none.
            AwkChr @ 40067: "code -> value" Reentrant;
            /// Pushes 1 when the value is true, otherwise 0.
            AwkMkbool @ 40068: "a -> value" Reentrant;
            /// Divides and truncates; `Undef` for a zero divisor.
            AwkIntdiv @ 40069: "a b -> value" Reentrant;
            /// Divides and truncates; 0 for a zero divisor.
            AwkIntdiv0 @ 40070: "a b -> value" Reentrant;
            /// Pushes a copy of a text with matches replaced: regular expression, replacement, which match,
            /// and an optional text, otherwise the record. The empty string without a host.
            AwkGensub(argc: Argc) @ 40071: "args* -> value" Reentrant;
        }

        section Containers "Containers on the stack" {
            /// Makes an array on the heap from the top values, the deepest first, and pushes its handle.
            /// Takes what is there when the stack holds fewer. Garbage may be collected first.
            NewArray(count: Count): "values* -> Handle" Vm [LIST, FALLIBLE];
            /// Makes a hash on the heap from the top values, as `MakeHash` does, and pushes its handle.
            /// Garbage may be collected first.
            NewHash(count: Count): "pairs* -> Handle" Vm [LIST, FALLIBLE];
            /// Pushes the element of a container at an index or under a key. `Undef` when there is none, or
            /// when the value is no container. As everywhere in this section, the container is an array, a
            /// hash, or a handle of one; a handle that is dead or of another machine is an error.
            IndexGet: "container key -> value" Vm [FALLIBLE];
            /// Stores into an element; an array grows with `Undef`. Leaves the container, as everything here
            /// does that changes one: the same handle, or the array or hash with the change. The value is
            /// dropped when the index is negative or there is no container.
            IndexSet: "container key value -> container" Vm [FALLIBLE];
            /// Takes an element out and pushes it over the container. A hash loses the key, an array has
            /// `Undef` in that place.
            IndexDelete: "container key -> container value" Vm [FALLIBLE];
            /// Pushes whether a hash has the key, even with the value `Undef`, or an array reaches to the
            /// index.
            IndexExists: "container key -> Bool" Vm [FALLIBLE];
            /// Pushes the element of a shared array or hash. If it is `Undef` or missing, it becomes a new
            /// shared array first. Needs a handle: a new element of a value would be lost.
            IndexOrNewArray: "handle key -> value" Vm [FALLIBLE];
            /// Like `IndexOrNewArray`, with a hash as the new element. Under the AWK dialect both fail if
            /// the element is something else than a container.
            IndexOrNewHash: "handle key -> value" Vm [FALLIBLE];
            /// Pushes the number of elements; 0 for what is no container.
            ContainerLen: "container -> Int" Vm [FALLIBLE];
            /// Appends to an array. The value is dropped for anything else.
            ContainerPush: "container value -> container" Vm [FALLIBLE];
            /// Takes the last element off an array; `Undef` when there is none.
            ContainerPop: "container -> container value" Vm [FALLIBLE];
            /// Takes the first element off an array; `Undef` when there is none.
            ContainerShift: "container -> container value" Vm [FALLIBLE];
            /// Removes all elements.
            ContainerClear: "container -> container" Vm [FALLIBLE];
            /// Pushes the keys of a hash in insertion order, or the indices of an array. To iterate over a
            /// container, loop over this array: it stays as it is whatever the loop does to the container.
            ContainerKeys: "container -> Array" Vm [FALLIBLE];
            /// Pushes the elements of an array, or of a hash in insertion order of their keys.
            ContainerValues: "container -> Array" Vm [FALLIBLE];
        }

        section FunctionValues "Function values" {
            /// Pushes the function of a name as a value for `CallValue`: the `Int` index of its first op or,
            /// when the chunk has no function of that name, the name as a text.
            LoadFunction(name: Name): "-> value" Pure [FALLIBLE];
            /// Calls the function that the top value names; the arguments are below it. A text calls what
            /// `Call` calls by that name, an `Int` the sub whose first op has that index, a `NativeFn` the
            /// registered builtin of that id. A value that names no function is an error.
            CallValue(argc: Argc): "args* function -> ..." Vm [LIST, FALLIBLE];
        }

        section Elements "Elements in place" {
            /// Pushes the element of a shared array or hash. A missing one is there from now on, as
            /// `Undef`. As everything in this section it needs a handle: a change of a value would be lost.
            /// Under the AWK dialect the element must not be a handle itself.
            IndexOrUndef: "handle key -> value" Vm [FALLIBLE];
            /// Adds to the element of a shared array or hash and pushes the sum, as `Add` computes it. A
            /// missing element counts as `Undef`. A negative index of an array has no element to change.
            IndexAdd: "handle key delta -> num" Vm [FALLIBLE];
            /// Like `IndexAdd`, but pushes what the element was before, as a number: itself plus 0.
            IndexPostAdd: "handle key delta -> num" Vm [FALLIBLE];
        }

        section Unwinding "Unwinding" {
            /// Leaves all calls, scopes and block operations, drops all operands, and continues at the
            /// target in the outermost frame.
            Unwind(target: Target): "... -> ..." Vm [TERMINATOR];
        }

                }
    };
}

pub(crate) use op_table;
