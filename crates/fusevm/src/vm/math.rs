//! Builtins that compute a number from a number, which native code knows.

use super::{BuiltinHandler, VM};
use crate::value::Value;

/// Makes the enum, its names and its handlers from one list.
macro_rules! math {
    ($($(#[doc = $doc:literal])* $name:ident = $text:literal, $function:expr;)*) => {
        /// A function of one number. What it is given counts as its numeric value, a double; what it
        /// gives is a `Float`. The results are those of [`f64`]'s methods of the same names.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Math {
            $($(#[doc = $doc])* $name,)*
        }

        impl Math {
            /// All of them.
            pub const ALL: &[Math] = &[$(Math::$name),*];

            /// What the function is called in mathematics and most languages.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Math::$name => $text,)*
                }
            }

            /// The value of the function.
            ///
            /// ```
            /// use fusevm::vm::Math;
            ///
            /// assert_eq!(Math::Sqrt.of(2.25), 1.5);
            /// assert!(Math::Ln.of(-1.0).is_nan());
            /// ```
            pub fn of(self, x: f64) -> f64 {
                let function: fn(f64) -> f64 = match self {
                    $(Math::$name => $function,)*
                };
                function(x)
            }

            /// The function as a builtin.
            pub(super) fn handler(self) -> BuiltinHandler {
                match self {
                    $(Math::$name => |vm, argc| call(vm, argc, Math::$name),)*
                }
            }
        }
    };
}

math! {
    /// The square root; not a number below 0.
    Sqrt = "sqrt", f64::sqrt;
    /// The greatest integer that is not above.
    Floor = "floor", f64::floor;
    /// The least integer that is not below.
    Ceil = "ceil", f64::ceil;
    /// The integer part.
    Trunc = "trunc", f64::trunc;
    /// The absolute value.
    Abs = "abs", f64::abs;
    /// The sine of an angle in radians.
    Sin = "sin", f64::sin;
    /// The cosine of an angle in radians.
    Cos = "cos", f64::cos;
    /// The tangent of an angle in radians.
    Tan = "tan", f64::tan;
    /// The angle in radians, from -pi/2 to pi/2, with this tangent.
    Atan = "atan", f64::atan;
    /// e to a power.
    Exp = "exp", f64::exp;
    /// The natural logarithm.
    Ln = "ln", f64::ln;
}

impl VM {
    /// Makes `function` the builtin `name`, in place of an earlier one. It is like a builtin that is
    /// [registered](Self::register_named_builtin) and computes the same, but native code need not
    /// call it. Called with another number of arguments than one it ends the run with an error.
    ///
    /// ```
    /// use fusevm::chunk::assemble;
    /// use fusevm::vm::Math;
    /// use fusevm::{VM, Value};
    ///
    /// let chunk = assemble("root.fasm", "LoadInt 9\nCall sqrt 1\nReturnValue")?;
    /// let mut vm = VM::new(chunk);
    /// vm.register_math("sqrt", Math::Sqrt);
    /// assert_eq!(vm.try_run()?, Some(Value::Float(3.0)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn register_math(&mut self, name: &str, function: Math) {
        self.register(name, function.handler(), Some(function));
    }
}

fn call(vm: &mut VM, argc: u8, function: Math) -> Value {
    if argc != 1 {
        for _ in 0..argc {
            vm.pop();
        }
        let name = function.name();
        vm.raise(format!(
            "{name}: called with {argc} arguments, but it takes one number"
        ));
        return Value::Undef;
    }
    Value::Float(function.of(vm.pop().to_float()))
}
