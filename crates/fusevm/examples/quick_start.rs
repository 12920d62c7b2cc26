use fusevm::{ChunkBuilder, Op, VM, Value};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // What a front end emits for:  sum = 0; i = 1; while i < 11 { sum += i; i += 1 }; double(sum)
    let mut b = ChunkBuilder::new();
    let (sum, i) = (0, 1); // slots: the local variables of a frame
    let (head, end) = (b.new_label(), b.new_label());
    b.set_source("sum.toy");
    b.emit(Op::LoadInt(0), 1); // the last argument is the source line
    b.emit(Op::SetSlot(sum), 1);
    b.emit(Op::LoadInt(1), 1);
    b.emit(Op::SetSlot(i), 1);
    b.bind(head);
    b.emit(Op::GetSlot(i), 2);
    b.emit(Op::LoadInt(11), 2);
    b.emit(Op::NumLt, 2);
    b.emit_jump(Op::JumpIfFalse(0), end, 2);
    b.emit(Op::GetSlot(sum), 3);
    b.emit(Op::GetSlot(i), 3);
    b.emit(Op::Add, 3);
    b.emit(Op::SetSlot(sum), 3);
    b.emit(Op::PreIncSlotVoid(i), 3);
    b.emit_jump(Op::Jump(0), head, 3);
    b.bind(end);
    let double = b.add_name("double");
    b.emit(Op::GetSlot(sum), 4);
    b.emit(Op::Call(double, 1), 4);
    let chunk = b.build();
    chunk.verify()?;

    let mut vm = VM::new(chunk);
    // Functions of the host are called like functions of the program.
    vm.register_named_builtin("double", |vm, _argc| Value::Int(vm.pop().to_int() * 2));
    // Bounds, here on the work done, end a run with an error value.
    vm.set_fuel(Some(1_000));
    let result = vm.try_run()?;
    println!("{result:?}");
    assert_eq!(result, Some(Value::Int(110)));
    Ok(())
}
