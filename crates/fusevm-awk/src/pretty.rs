//! Programs in a uniform layout.

use std::fmt::Write;

use crate::runtime::quoted;
use crate::syntax::ast::{
    ArrayRef, BinaryOp, Block, Case, CompareOp, Expr, ExprKind, Function, Input, Pattern, Program,
    Redirect, Stmt, StmtKind,
};

/// The text of a program. Parentheses stay where they were.
pub(crate) fn print(program: &Program) -> String {
    let mut printer = Printer::default();
    let blocks = |name: &'static str, blocks: &'_ [Block], printer: &mut Printer| {
        for block in blocks {
            printer.separate();
            printer.out.push_str(name);
            printer.out.push(' ');
            printer.block(block);
            printer.out.push('\n');
        }
    };
    blocks("BEGIN", &program.begin, &mut printer);
    blocks("BEGINFILE", &program.begin_file, &mut printer);
    for rule in &program.rules {
        printer.separate();
        match &rule.pattern {
            Pattern::Always => {}
            Pattern::When(pattern) => printer.expr(pattern),
            Pattern::Range(from, to) => {
                printer.expr(from);
                printer.out.push_str(", ");
                printer.expr(to);
            }
        }
        if let Some(action) = &rule.action {
            if !matches!(rule.pattern, Pattern::Always) {
                printer.out.push(' ');
            }
            printer.block(action);
        }
        printer.out.push('\n');
    }
    blocks("ENDFILE", &program.end_file, &mut printer);
    blocks("END", &program.end, &mut printer);
    for function in &program.functions {
        printer.function(function);
    }
    printer.out
}

#[derive(Default)]
struct Printer {
    out: String,
    depth: usize,
}

impl Printer {
    /// An empty line between the parts of a program.
    fn separate(&mut self) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
    }

    fn line(&mut self) {
        self.out.push('\n');
        for _ in 0..self.depth {
            self.out.push('\t');
        }
    }

    fn function(&mut self, function: &Function) {
        self.separate();
        let params: Vec<&str> = function
            .params
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        let _ = writeln!(
            self.out,
            "function {}({})",
            function.name,
            params.join(", ")
        );
        self.block(&function.body);
        self.out.push('\n');
    }

    fn block(&mut self, block: &[Stmt]) {
        self.out.push('{');
        self.indented(block);
        self.line();
        self.out.push('}');
    }

    fn indented(&mut self, block: &[Stmt]) {
        self.depth += 1;
        for stmt in block {
            self.line();
            self.stmt(stmt);
        }
        self.depth -= 1;
    }

    /// A statement as the body of another: always in braces.
    fn body(&mut self, stmt: &Stmt) {
        self.out.push(' ');
        match &stmt.kind {
            StmtKind::Block(block) => self.block(block),
            _ => self.block(std::slice::from_ref(stmt)),
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Expr(expr) => self.expr(expr),
            StmtKind::Print { args, to } => self.print_statement("print", args, to.as_ref()),
            StmtKind::Printf { args, to } => self.print_statement("printf", args, to.as_ref()),
            StmtKind::If(cond, then, other) => {
                self.head("if (", cond);
                self.body(then);
                if let Some(other) = other {
                    self.out.push_str(" else");
                    match &other.kind {
                        StmtKind::If(..) => {
                            self.out.push(' ');
                            self.stmt(other);
                        }
                        _ => self.body(other),
                    }
                }
            }
            StmtKind::While(cond, body) => {
                self.head("while (", cond);
                self.body(body);
            }
            StmtKind::DoWhile(body, cond) => {
                self.out.push_str("do");
                self.body(body);
                self.head(" while (", cond);
            }
            StmtKind::For {
                init,
                cond,
                step,
                body,
            } => {
                self.out.push_str("for (");
                init.iter().for_each(|init| self.stmt(init));
                self.out.push(';');
                if let Some(cond) = cond {
                    self.out.push(' ');
                    self.expr(cond);
                }
                self.out.push(';');
                if step.is_some() {
                    self.out.push(' ');
                }
                step.iter().for_each(|step| self.stmt(step));
                self.out.push(')');
                self.body(body);
            }
            StmtKind::ForIn { var, array, body } => {
                self.out.push_str("for (");
                self.expr(var);
                self.out.push_str(" in ");
                self.array(array);
                self.out.push(')');
                self.body(body);
            }
            StmtKind::Switch(value, parts) => {
                self.head("switch (", value);
                self.out.push_str(" {");
                for (case, block) in parts {
                    self.line();
                    match case {
                        Case::Value(value) => {
                            self.out.push_str("case ");
                            self.expr(value);
                        }
                        Case::Default => self.out.push_str("default"),
                    }
                    self.out.push(':');
                    self.indented(block);
                }
                self.line();
                self.out.push('}');
            }
            StmtKind::Block(block) if block.is_empty() => self.out.push(';'),
            StmtKind::Block(block) => self.block(block),
            StmtKind::Next => self.out.push_str("next"),
            StmtKind::NextFile => self.out.push_str("nextfile"),
            StmtKind::Exit(value) => self.with_value("exit", value.as_ref()),
            StmtKind::Return(value) => self.with_value("return", value.as_ref()),
            StmtKind::Break => self.out.push_str("break"),
            StmtKind::Continue => self.out.push_str("continue"),
            StmtKind::Delete(array, subscripts) => {
                self.out.push_str("delete ");
                self.array(array);
                if let Some(subscripts) = subscripts {
                    self.subscripts(subscripts);
                }
            }
        }
    }

    fn head(&mut self, text: &str, cond: &Expr) {
        self.out.push_str(text);
        self.expr(cond);
        self.out.push(')');
    }

    fn with_value(&mut self, word: &str, value: Option<&Expr>) {
        self.out.push_str(word);
        if let Some(value) = value {
            self.out.push(' ');
            self.expr(value);
        }
    }

    fn print_statement(&mut self, word: &str, args: &[Expr], to: Option<&(Redirect, Expr)>) {
        self.out.push_str(word);
        match to {
            // Without parentheses, a comparison among the arguments would redirect.
            Some((redirect, to)) => {
                if !args.is_empty() {
                    self.out.push('(');
                    self.list(args);
                    self.out.push(')');
                }
                self.out.push_str(match redirect {
                    Redirect::File => " > ",
                    Redirect::Append => " >> ",
                    Redirect::Pipe => " | ",
                    Redirect::Coprocess => " |& ",
                });
                self.expr(to);
            }
            None if args.iter().any(holds_greater) => {
                self.out.push('(');
                self.list(args);
                self.out.push(')');
            }
            None if args.is_empty() => {}
            None => {
                self.out.push(' ');
                self.list(args);
            }
        }
    }

    fn list(&mut self, list: &[Expr]) {
        for (number, expr) in list.iter().enumerate() {
            if number > 0 {
                self.out.push_str(", ");
            }
            self.expr(expr);
        }
    }

    fn array(&mut self, array: &ArrayRef) {
        self.out.push_str(&array.name.text);
        for subscripts in &array.path {
            self.subscripts(subscripts);
        }
    }

    fn subscripts(&mut self, subscripts: &[Expr]) {
        self.out.push('[');
        self.list(subscripts);
        self.out.push(']');
    }

    fn infix(&mut self, a: &Expr, operator: &str, b: &Expr) {
        self.expr(a);
        let _ = write!(self.out, " {operator} ");
        self.expr(b);
    }

    fn call(&mut self, name: &str, args: &[Expr]) {
        self.out.push_str(name);
        self.out.push('(');
        self.list(args);
        self.out.push(')');
    }

    /// A sign in front; two must not run together.
    fn sign(&mut self, sign: char, operand: &Expr) {
        self.out.push(sign);
        let start = self.out.len();
        self.expr(operand);
        if self.out[start..].starts_with(sign) {
            self.out.insert(start, ' ');
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Number(number) => self.out.push_str(&literal(*number)),
            ExprKind::Text(text) => self.out.push_str(&quoted(text)),
            ExprKind::Regex(regex) => self.regex(regex),
            ExprKind::RegexValue(regex) => {
                self.out.push('@');
                self.regex(regex);
            }
            ExprKind::Var(name) => self.out.push_str(name),
            ExprKind::Index(array, subscripts) => {
                self.array(array);
                self.subscripts(subscripts);
            }
            ExprKind::Field(index) => {
                self.out.push('$');
                self.expr(index);
            }
            ExprKind::Assign(operator, target, value) => {
                let operator = operator.map_or("", binary);
                self.infix(target, &format!("{operator}="), value);
            }
            ExprKind::Step {
                delta,
                prefix,
                target,
            } => {
                let operator = if *delta > 0 { "++" } else { "--" };
                if *prefix {
                    self.out.push_str(operator);
                }
                self.expr(target);
                if !prefix {
                    self.out.push_str(operator);
                }
            }
            ExprKind::Negate(operand) => self.sign('-', operand),
            ExprKind::Plus(operand) => self.sign('+', operand),
            ExprKind::Not(operand) => {
                self.out.push_str("! ");
                self.expr(operand);
            }
            ExprKind::Binary(operator, a, b) => self.infix(a, binary(*operator), b),
            ExprKind::Compare(operator, a, b) => self.infix(a, compare(*operator), b),
            ExprKind::Concat(parts) => {
                for (number, part) in parts.iter().enumerate() {
                    if number > 0 {
                        self.out.push(' ');
                    }
                    self.expr(part);
                }
            }
            ExprKind::Match {
                expected,
                text,
                regex,
            } => self.infix(text, if *expected { "~" } else { "!~" }, regex),
            ExprKind::In(list, array) => {
                if list.len() > 1 {
                    self.out.push('(');
                    self.list(list);
                    self.out.push(')');
                } else {
                    self.list(list);
                }
                self.out.push_str(" in ");
                self.array(array);
            }
            ExprKind::And(a, b) => self.infix(a, "&&", b),
            ExprKind::Or(a, b) => self.infix(a, "||", b),
            ExprKind::Cond(cond, then, other) => {
                self.infix(cond, "?", then);
                self.out.push_str(" : ");
                self.expr(other);
            }
            ExprKind::Group(inner) => {
                self.out.push('(');
                self.expr(inner);
                self.out.push(')');
            }
            ExprKind::Call(name, args) => self.call(&name.text, args),
            ExprKind::IndirectCall(_, args) => {
                if let Some((function, args)) = args.split_last() {
                    self.out.push('@');
                    self.expr(function);
                    self.call("", args);
                }
            }
            // Only in what the language adds to a program.
            ExprKind::NotAFunction(name) => self.expr(name),
            ExprKind::Builtin(builtin, args) => self.call(builtin.name(), args),
            ExprKind::Getline { from, target } => {
                match from {
                    Input::Command(command) => {
                        self.expr(command);
                        self.out.push_str(" | ");
                    }
                    Input::Coprocess(command) => {
                        self.expr(command);
                        self.out.push_str(" |& ");
                    }
                    Input::Main | Input::File(_) => {}
                }
                self.out.push_str("getline");
                if let Some(target) = target {
                    self.out.push(' ');
                    self.expr(target);
                }
                if let Input::File(file) = from {
                    self.out.push_str(" < ");
                    self.expr(file);
                }
            }
        }
    }

    fn regex(&mut self, regex: &[u8]) {
        self.out.push('/');
        let text = String::from_utf8_lossy(regex);
        let mut escaped = false;
        for c in text.chars() {
            if c == '/' && !escaped {
                self.out.push('\\');
            }
            escaped = c == '\\' && !escaped;
            self.out.push(c);
        }
        self.out.push('/');
    }
}

/// A number as a program would have it.
fn literal(number: f64) -> String {
    let magnitude = number.abs();
    if number.is_infinite() {
        // Too large for any double, which is how a program writes it.
        format!("{}1e999", if number < 0.0 { "-" } else { "" })
    } else if magnitude >= 1e16 || (magnitude > 0.0 && magnitude < 1e-5) {
        format!("{number:e}")
    } else {
        number.to_string()
    }
}

/// Whether an argument of `print` has a comparison that would redirect.
fn holds_greater(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Compare(CompareOp::Greater, ..) => true,
        ExprKind::Group(_) | ExprKind::Call(..) | ExprKind::Builtin(..) | ExprKind::Index(..) => {
            false
        }
        kind => kind.children().into_iter().any(holds_greater),
    }
}

fn binary(operator: BinaryOp) -> &'static str {
    match operator {
        BinaryOp::Add => "+",
        BinaryOp::Sub => "-",
        BinaryOp::Mul => "*",
        BinaryOp::Div => "/",
        BinaryOp::Mod => "%",
        BinaryOp::Pow => "^",
    }
}

fn compare(operator: CompareOp) -> &'static str {
    match operator {
        CompareOp::Equal => "==",
        CompareOp::NotEqual => "!=",
        CompareOp::Less => "<",
        CompareOp::LessEqual => "<=",
        CompareOp::Greater => ">",
        CompareOp::GreaterEqual => ">=",
    }
}

#[cfg(test)]
mod tests {
    use crate::{Language, Program, Source};

    fn pretty(text: &str) -> String {
        let sources = [Source::new("t", text)];
        Program::pretty_print(&sources, &Language::default()).unwrap()
    }

    #[test]
    fn layouts() {
        for (text, expected) in [
            ("/a/,/b\\/c/", "/a/, /b\\/c/\n"),
            (
                "{print $1>\"f\";print(1>2)}",
                "{\n\tprint($1) > \"f\"\n\tprint(1 > 2)\n}\n",
            ),
            (
                "{x=- -1;y=1e300*1e400;z=.5}",
                "{\n\tx = - -1\n\ty = 1e300 * 1e999\n\tz = 0.5\n}\n",
            ),
            (
                "{if(a)b;else if(c){d}else e}",
                "{\n\tif (a) {\n\t\tb\n\t} else if (c) {\n\t\td\n\t} else {\n\t\te\n\t}\n}\n",
            ),
            (
                "{for(;;)break;for(k in a[1])delete a[1][k]}",
                "{\n\tfor (;;) {\n\t\tbreak\n\t}\n\tfor (k in a[1]) {\n\t\tdelete a[1][k]\n\t}\n}\n",
            ),
            (
                "{\"c\"|&getline x;@f(1,\"a\\n\")}",
                "{\n\t\"c\" |& getline x\n\t@f(1, \"a\\n\")\n}\n",
            ),
            (
                "function f(a,b){return a}END{f(1)}",
                "END {\n\tf(1)\n}\n\nfunction f(a, b)\n{\n\treturn a\n}\n",
            ),
        ] {
            assert_eq!(pretty(text), expected, "{text}");
            assert_eq!(pretty(expected), expected, "{text}");
        }
    }
}
