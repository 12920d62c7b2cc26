//! The table of instructions: what the interpreter has code for.
//!
//! `plain` rows name a handler. Rows of the other groups are sequences of operations that one
//! handler, generic over what stands in the row, carries out: operands are on the stack (`S`), in
//! a slot (`L`), or an integer (`I`) or double (`F`) in the instruction. Which rows there are is
//! measured, see `docs/decisions/0019-rows.md`.

macro_rules! fast_table {
    ($callback:ident) => {
        $callback! {
            plain {
                /// Any operation, by its full meaning.
                General = control::general;
                /// The end of the code.
                End = control::end;
                /// Where a region is entered: looks that the operands are there that the upper half
                /// of `c` counts, and `b` values have room, then runs the head of the block that
                /// the lower half numbers, whose place this took. Where native code may be made, `a`
                /// says whether it is the start of a loop.
                Enter = control::enter;
                /// As `Enter`, at the end of the range of a block operation: first ends its pass.
                EndPass = control::end_pass;
                /// The first instruction of block `c` in a run that is bounded.
                EnterWatched = control::enter_watched;

                /// Pushes `c`.
                Int = variables::load_int;
                /// Pushes `c`.
                Float = variables::load_float;
                /// Pushes constant `a`.
                Const = variables::load_const;
                /// Pushes true.
                True = variables::load_true;
                /// Pushes false.
                False = variables::load_false;
                /// Pushes `Undef`.
                Undef = variables::load_undef;
                /// Pushes slot `a`.
                Get = variables::get_slot;
                /// Pushes slot `a`, then slot `c`.
                GetGet = variables::get_two;
                /// Moves the top operand to slot `a`.
                Set = variables::set_slot;
                /// Copies slot `a` to slot `b`.
                Move = variables::move_slot;
                /// Sets slot `a` to the integer `c`.
                SetInt = variables::set_int;
                /// Sets slot `a` to the double `c`.
                SetFloat = variables::set_float;
                /// Pushes global `a`.
                GetGlobal = variables::get_global;
                /// Moves the top operand to global `a`.
                SetGlobal = variables::set_global;
                /// Drops the top operand.
                Pop = variables::pop;
                /// Pushes a copy of the top operand.
                Dup = variables::dup;
                /// Exchanges the two top operands.
                Swap = variables::swap;

                /// Adds 1 to slot `a`, as an integer.
                Count = numeric::count;
                /// Adds slot `c` to slot `a`, as integers.
                AddSlot = numeric::add_slot;
                /// Pushes the sum of slot `a`, an integer, and `c`.
                GetStepped = numeric::get_stepped;
                /// Adds `c` to the integer on top.
                Step = numeric::step;
                /// Adds `c` to slot `a`, an integer, and pushes the sum.
                StepGet = numeric::step_get;
                /// Pushes slot `a`, an integer, and adds `c` to it.
                GetStep = numeric::get_step;
                /// Adds `c` to global `a`, an integer.
                StepGlobal = numeric::step_global;
                /// Negates the top operand.
                Negate = numeric::negate;
                /// Replaces the top operand by whether it is false.
                Not = numeric::not;

                /// Goes on `b` away.
                Jump = branch::jump;
                /// Jumps if the top operand, which it takes, is true.
                JumpIfTrue = branch::jump_if_true;
                /// Jumps if the top operand, which it takes, is false.
                JumpIfFalse = branch::jump_if_false;

                /// Jumps if slot `a` is not less than `c`.
                JumpUnlessLess = branch::jump_unless_less;
                /// The loop that adds slot `c`, counting up to a limit, to slot `a`.
                SumLoop = loops::sum;

                /// Jumps if the top operand, which stays, is true.
                JumpIfTrueKeep = branch::jump_if_true_keep;
                /// Jumps if the top operand, which stays, is false.
                JumpIfFalseKeep = branch::jump_if_false_keep;

                /// Calls the function of window `b` at the lower half of `c` with `a` operands. The
                /// upper half says whether the code behind relies on no more than its region promises.
                Call = calls::call;
                /// Calls a function of window `b` and `a` parameters: behind what moves them to the first slots,
                /// at the lower half of `c`, where the stack must have the room that the upper
                /// half says.
                CallArgs = calls::call_with_arguments;
                /// [`CallArgs`](Self::CallArgs) of one parameter.
                CallArg = calls::call_with_argument;
                /// [`CallArgs`](Self::CallArgs) of two parameters.
                CallTwo = calls::call_with_two;
                /// Calls name `c`, which is no function of the chunk, with `a` operands.
                CallNamed = calls::call_named;
                /// Calls builtin `c` with `a` operands.
                Builtin = calls::call_builtin;
                /// Returns the top operand.
                ReturnValue = calls::return_value;
                /// Returns slot `a`.
                ReturnSlot = calls::return_slot;
                /// Returns without a value.
                Return = calls::return_none;

                /// Replaces the index on top by the element of global `a`.
                GlobalArrayGet = containers::global_array_get;
                /// Pushes the element of global `a` at slot `c`.
                GlobalArrayGetL = containers::global_array_get_at_slot;
                /// Replaces the index on top by the element of slot `a`.
                SlotArrayGet = containers::slot_array_get;
                /// Pushes the element of slot `a` at slot `c`.
                SlotArrayGetL = containers::slot_array_get_at_slot;
                /// Sets the element of global `a` at the index on top.
                GlobalArraySet = containers::global_array_set;
                /// Sets the element of global `a` at slot `c`.
                GlobalArraySetL = containers::global_array_set_at_slot;
                /// Sets the element of slot `a` at the index on top.
                SlotArraySet = containers::slot_array_set;
                /// Sets the element of slot `a` at slot `c`.
                SlotArraySetL = containers::slot_array_set_at_slot;
                /// Appends the top operand to global `a`.
                GlobalArrayPush = containers::global_array_push;
                /// Pushes the length of global `a`.
                GlobalArrayLen = containers::global_array_len;
                /// Appends slot `c` to global `a`.
                GlobalArrayPushL = containers::global_array_push_slot;
                /// Replaces the key on top by its value in global `a`.
                GlobalHashGet = containers::global_hash_get;
                /// Pushes the value in global `a` of the key in slot `c`.
                GlobalHashGetL = containers::global_hash_get_at_slot;
                /// Sets the value in global `a` of the key on top.
                GlobalHashSet = containers::global_hash_set;
                /// Sets the value in global `a` of the key in slot `c`.
                GlobalHashSetL = containers::global_hash_set_at_slot;
                /// Adds 1 to the value in global `a` of the key on top, which it takes.
                GlobalHashInc = containers::global_hash_inc;


                /// Pushes field `c` of the AWK host's record.
                Field = awk::field;
                /// Replaces the number on top by the field of that number.
                FieldByOperand = awk::field_by_operand;
                /// Pushes the number of fields.
                FieldCount = awk::field_count;
                /// Pushes the number of characters of field `c`.
                FieldLength = awk::field_length;
                /// Replaces the number on top by that of the characters of the field of that number.
                FieldLengthByOperand = awk::field_length_by_operand;
                /// Replaces the text on top by the number of its characters.
                Length = awk::length;
                /// Adds the top operand to global `a`.
                AddToGlobal = awk::add_to_global;
                /// Adds the top operand to the element of the key below it, of the handle below that.
                ElementAdd = awk::element_add;
                /// Adds `c` to the element of the key on top, of the handle below it.
                ElementStep = awk::element_step;
                /// Replaces the handle and the key on top by the element.
                Element = awk::element;

                /// Replaces the text on top by its length.
                StringLen = text::length;
                /// Joins the two top operands.
                Concat = text::concat;
                /// Joins the two top operands, of which the lower is what slot `a` holds, in
                /// that slot.
                ConcatTo = text::concat_to_slot;
            }
            binary {
                AddSS: Add S S S;   AddSL: Add S L S;   AddSI: Add S I S;
                AddLL: Add L L S;   AddLI: Add L I S;   AddLF: Add L F S;
                AddSSL: Add S S L;  AddSLL: Add S L L;
                AddLLL: Add L L L;  AddLIL: Add L I L;

                SubSS: Sub S S S;   SubSL: Sub S L S;   SubSI: Sub S I S;
                SubLL: Sub L L S;   SubLI: Sub L I S;   SubLF: Sub L F S;
                SubSSL: Sub S S L;  SubSLL: Sub S L L;
                SubLLL: Sub L L L;  SubLIL: Sub L I L;

                MulSS: Mul S S S;   MulSL: Mul S L S;   MulSI: Mul S I S;
                MulLL: Mul L L S;   MulLI: Mul L I S;   MulLF: Mul L F S;
                MulSSL: Mul S S L;  MulSLL: Mul S L L;
                MulLLL: Mul L L L;  MulLIL: Mul L I L;

                DivSS: Div S S S;   DivSL: Div S L S;   DivSI: Div S I S;
                DivLL: Div L L S;   DivLI: Div L I S;   DivLF: Div L F S;
                DivSSL: Div S S L;  DivSLL: Div S L L;
                DivLLL: Div L L L;  DivLIL: Div L I L;

                ModSS: Mod S S S;   ModSL: Mod S L S;   ModSI: Mod S I S;
                ModLL: Mod L L S;   ModLI: Mod L I S;
                ModSSL: Mod S S L;  ModSLL: Mod S L L;
                ModLLL: Mod L L L;  ModLIL: Mod L I L;

                BitAndSS: BitAnd S S S;  BitAndSI: BitAnd S I S;  BitAndLI: BitAnd L I S;
                BitOrSS: BitOr S S S;
                BitXorSS: BitXor S S S;
                ShlSS: Shl S S S;        ShlSI: Shl S I S;        ShlLI: Shl L I S;
                ShrSS: Shr S S S;        ShrSI: Shr S I S;        ShrLI: Shr L I S;
            }
            relation {
                EqSS: NumEq;  NeSS: NumNe;  LtSS: NumLt;  LeSS: NumLe;  GtSS: NumGt;  GeSS: NumGe;
            }
            text_relation {
                StrEq: StrEq NumEq;  StrNe: StrNe NumNe;  StrLt: StrLt NumLt;
                StrLe: StrLe NumLe;  StrGt: StrGt NumGt;  StrGe: StrGe NumGe;
            }
            branch {
                EqSSTrue: NumEq true S S;  EqSSFalse: NumEq false S S;
                EqSITrue: NumEq true S I;  EqSIFalse: NumEq false S I;
                EqLLTrue: NumEq true L L;  EqLLFalse: NumEq false L L;
                EqLITrue: NumEq true L I;  EqLIFalse: NumEq false L I;

                NeSSTrue: NumNe true S S;  NeSSFalse: NumNe false S S;
                NeSITrue: NumNe true S I;  NeSIFalse: NumNe false S I;
                NeLLTrue: NumNe true L L;  NeLLFalse: NumNe false L L;
                NeLITrue: NumNe true L I;  NeLIFalse: NumNe false L I;

                LtSSTrue: NumLt true S S;  LtSSFalse: NumLt false S S;
                LtSITrue: NumLt true S I;  LtSIFalse: NumLt false S I;
                LtSFTrue: NumLt true S F;  LtSFFalse: NumLt false S F;
                LtLLTrue: NumLt true L L;  LtLLFalse: NumLt false L L;
                LtLITrue: NumLt true L I;  LtLIFalse: NumLt false L I;

                LeSSTrue: NumLe true S S;  LeSSFalse: NumLe false S S;
                LeSITrue: NumLe true S I;  LeSIFalse: NumLe false S I;
                LeSFTrue: NumLe true S F;  LeSFFalse: NumLe false S F;
                LeLLTrue: NumLe true L L;  LeLLFalse: NumLe false L L;
                LeLITrue: NumLe true L I;  LeLIFalse: NumLe false L I;

                GtSSTrue: NumGt true S S;  GtSSFalse: NumGt false S S;
                GtSITrue: NumGt true S I;  GtSIFalse: NumGt false S I;
                GtSFTrue: NumGt true S F;  GtSFFalse: NumGt false S F;
                GtLLTrue: NumGt true L L;  GtLLFalse: NumGt false L L;
                GtLITrue: NumGt true L I;  GtLIFalse: NumGt false L I;

                GeSSTrue: NumGe true S S;  GeSSFalse: NumGe false S S;
                GeSITrue: NumGe true S I;  GeSIFalse: NumGe false S I;
                GeSFTrue: NumGe true S F;  GeSFFalse: NumGe false S F;
                GeLLTrue: NumGe true L L;  GeLLFalse: NumGe false L L;
                GeLITrue: NumGe true L I;  GeLIFalse: NumGe false L I;
            }
            counted {
                CountLtL: NumLt L;  CountLtI: NumLt I;  CountLeL: NumLe L;  CountLeI: NumLe I;
            }
        }
    };
}

pub(crate) use fast_table;
