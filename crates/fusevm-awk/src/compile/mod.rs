//! A program's tree to a chunk.
//!
//! The whole program is one chunk: the `BEGIN` actions, the loop over records with the rules, the
//! `END` actions, and the functions. Its arithmetic, comparisons, texts, arrays and control flow
//! are general operations under the AWK dialect; what only an AWK has, records, fields, input and
//! output, are operations and builtins that the [run time](crate::runtime) answers.

mod call;
mod effects;
mod expr;
mod files;
mod place;
mod sort;
mod stmt;

use std::collections::{BTreeSet, HashMap};

use fusevm::chunk::{Dialect, Label};
use fusevm::{Chunk, ChunkBuilder, Op, Value};

use files::FileRule;

use crate::resolve::{self, Kind, Names};
use crate::runtime::regex::{Flavor, Regex};
use crate::runtime::special::{self, Special};
use crate::runtime::{Handler, Sought};
use crate::syntax::ast::{
    Block, Expr, ExprKind, Function, Node, Pattern, Program, Redirect, Rule, StmtKind,
};
use crate::syntax::{Builtin, Diagnostic, Sources, Span};
use crate::{Language, Warning, lint};

/// Where the program is, in a global that no program can name: before, in or behind the input.
const PHASE: &str = "%phase";

/// The seed of random numbers, in a global that no program can name.
const SEED: &str = "%seed";

/// The values of [`PHASE`].
const IN_RULES: i64 = 1;
const IN_END: i64 = 2;

/// What [`compile`] makes.
#[derive(Debug, Clone)]
pub(crate) struct Compiled {
    pub(crate) chunk: Chunk,
    /// The texts of the regular expressions that the chunk numbers.
    pub(crate) regexes: Vec<Vec<u8>>,
    /// Where the program's variables are, by name.
    pub(crate) globals: HashMap<String, (u16, Kind)>,
    /// The functions of the program, by name.
    pub(crate) functions: Vec<String>,
    pub(crate) language: Language,
}

impl Compiled {
    /// How its regular expressions are read.
    pub(crate) fn flavor(&self) -> Flavor {
        flavor(&self.language)
    }
}

fn flavor(language: &Language) -> Flavor {
    Flavor {
        ignore_case: false,
        bytes: language.bytes,
        plain: !language.is_gnu(),
    }
}

/// Compiles a program. What is added to `sums` has to be independent of the order.
///
/// # Errors
/// Functions that are not defined, statements that are misplaced, and regular expressions that are
/// none.
pub(crate) fn compile(
    program: &Program,
    sources: &Sources,
    language: &Language,
    sums: &BTreeSet<String>,
) -> Result<(Compiled, Vec<Warning>), Vec<Diagnostic>> {
    let names = resolve::resolve(
        program,
        sources,
        special::scalars(language),
        special::arrays(language),
    )?;
    let mut builder = ChunkBuilder::new();
    builder.set_dialect(Dialect::Awk);
    if let Some(first) = sources.iter().next() {
        builder.set_source(&first.name);
    }
    let input = builder.new_label();
    let exit = builder.new_label();
    let mentions = |name: &str| {
        let known = || names.globals().any(|(known, _)| known.text == name);
        let assigned = || language.assigned.iter().any(|assigned| assigned == name);
        special::is_known(name, language) && (known() || assigned())
    };
    let mut compiler = Compiler {
        sources,
        language,
        names: &names,
        sums,
        builder,
        line: 0,
        function: None,
        in_rules: false,
        slots: 0,
        free: Vec::new(),
        texts: HashMap::new(),
        regexes: Vec::new(),
        regex_indices: HashMap::new(),
        loops: Vec::new(),
        input,
        exit,
        file_rule: None,
        watches_files: !(program.begin_file.is_empty() && program.end_file.is_empty()),
        folds: mentions("IGNORECASE"),
        asks_elements: asks_elements(program),
        nests_arrays: nests_arrays(program, &names),
        orders: mentions("PROCINFO"),
        errors: Vec::new(),
    };
    if mentions(special::SYMTAB) || language.all_variables {
        // All variables of the language can be reached.
        for name in special::scalars(language)
            .iter()
            .chain(special::arrays(language))
        {
            compiler.global(name);
        }
    }
    for name in &language.assigned {
        compiler.global(name);
    }
    compiler.program(program);
    let Compiler {
        builder,
        regexes,
        mut errors,
        ..
    } = compiler;
    match builder.try_build() {
        Ok(chunk) if errors.is_empty() => {
            let index = |name: &str| chunk.names.iter().position(|known| known == name);
            // The compiler itself uses some that the program need not mention.
            let assigned = language.assigned.iter().map(String::as_str);
            let scalars = assigned.chain(special::scalars(language).iter().copied());
            let arrays = special::arrays(language).iter().copied();
            let own = scalars
                .map(|name| (name, Kind::Scalar))
                .chain(arrays.map(|name| (name, Kind::Array)));
            let globals = own
                .chain(
                    names
                        .globals()
                        .map(|(name, kind)| (name.text.as_str(), kind)),
                )
                .filter_map(|(name, kind)| {
                    let index = u16::try_from(index(name)?).ok()?;
                    Some((name.to_owned(), (index, kind)))
                })
                .collect();
            let warnings = lint::warnings(program, sources, language);
            let compiled = Compiled {
                chunk,
                regexes,
                globals,
                functions: names.functions(),
                language: language.clone(),
            };
            Ok((compiled, warnings))
        }
        Ok(_) => Err(errors),
        Err(error) => {
            errors.push(sources.at(Span::default(), error.to_string()));
            Err(errors)
        }
    }
}

/// The regular expression that is the whole pattern of a rule.
fn filter(rule: &Rule) -> Option<(&[u8], Span)> {
    let Pattern::When(pattern) = &rule.pattern else {
        return None;
    };
    match &pattern.inner().kind {
        ExprKind::Regex(regex) => Some((regex, pattern.span)),
        _ => None,
    }
}

/// Whether a program asks for the type of an element.
fn asks_elements(program: &Program) -> bool {
    let mut asks = false;
    program.walk(&mut |node| {
        if let Node::Expr(expr) = node
            && let ExprKind::Builtin(Builtin::Typeof, args) = &expr.kind
        {
            asks |= args
                .first()
                .is_some_and(|arg| matches!(arg.inner().kind, ExprKind::Index(..)));
        }
    });
    asks
}

fn prints_to_commands(program: &Program) -> bool {
    let mut prints = false;
    program.walk(&mut |node| {
        if let Node::Stmt(stmt) = node
            && let StmtKind::Print { to, .. } | StmtKind::Printf { to, .. } = &stmt.kind
        {
            prints |= matches!(to, Some((Redirect::Pipe, _)));
        }
    });
    prints
}

/// Whether elements of a program's arrays may be arrays.
fn nests_arrays(program: &Program, names: &Names) -> bool {
    let is_element = |arg: &Expr| matches!(arg.inner().kind, ExprKind::Index(..));
    let mut nests = false;
    program.walk(&mut |node| {
        nests |= match node {
            Node::Expr(expr) => match &expr.kind {
                ExprKind::Index(array, _) | ExprKind::In(_, array) => !array.path.is_empty(),
                ExprKind::Call(name, args) => {
                    let params = names.signature(&name.text).map(|found| found.params);
                    let params = params.unwrap_or_default();
                    let mut passed = args.iter().zip(params);
                    passed.any(|(arg, kind)| kind != Kind::Scalar && is_element(arg))
                }
                ExprKind::IndirectCall(_, args) => args.iter().any(is_element),
                ExprKind::Builtin(builtin, args) => args
                    .iter()
                    .enumerate()
                    .any(|(number, arg)| builtin.takes_array(number) && is_element(arg)),
                _ => false,
            },
            Node::Stmt(stmt) => match &stmt.kind {
                StmtKind::ForIn { array, .. } | StmtKind::Delete(array, _) => {
                    !array.path.is_empty()
                }
                _ => false,
            },
            Node::Function(_) => false,
        };
    });
    nests
}

/// Labels of a loop or `switch`.
struct Loop {
    /// Where `break` goes.
    end: Label,
    /// Where `continue` goes; a `switch` has no such place.
    next: Option<Label>,
}

struct Compiler<'p> {
    sources: &'p Sources,
    language: &'p Language,
    names: &'p Names,
    /// What is added to these goes through a handler.
    sums: &'p BTreeSet<String>,
    builder: ChunkBuilder,
    /// The line of what is compiled.
    line: u32,
    /// The function whose body is compiled.
    function: Option<usize>,
    /// Whether a rule's action or pattern is compiled, where `next` is a jump.
    in_rules: bool,
    /// Slots of the present frame so far, and those that are free again.
    slots: usize,
    free: Vec<u16>,
    texts: HashMap<Vec<u8>, u16>,
    regexes: Vec<Vec<u8>>,
    regex_indices: HashMap<Vec<u8>, usize>,
    loops: Vec<Loop>,
    /// Where the next record is read.
    input: Label,
    /// Where `exit` goes.
    exit: Label,
    /// The rule about files whose actions are compiled.
    file_rule: Option<FileRule>,
    /// There are rules about files.
    watches_files: bool,
    /// Upper and lower case may be the same in comparisons.
    folds: bool,
    /// The program asks for the types of elements.
    asks_elements: bool,
    /// Elements may be arrays, which nothing else may take the place of.
    nests_arrays: bool,
    /// `for` may go over arrays in some order.
    orders: bool,
    errors: Vec<Diagnostic>,
}

impl Compiler<'_> {
    fn error(&mut self, span: Span, message: impl Into<String>) {
        let mut error = self.sources.at(span, message);
        error.is_syntax = true;
        self.errors.push(error);
    }

    fn emit(&mut self, op: Op) {
        self.builder.emit(op, self.line);
    }

    fn jump(&mut self, op: Op, label: Label) {
        self.builder.emit_jump(op, label, self.line);
    }

    fn label(&mut self) -> Label {
        self.builder.new_label()
    }

    fn bind(&mut self, label: Label) {
        self.builder.bind(label);
    }

    /// What follows is compiled for this place. What the language adds has none.
    fn at(&mut self, span: Span) {
        self.line = if span == Span::default() {
            0
        } else {
            self.sources.line(span)
        };
    }

    /// Calls the run time, which takes `argc` operands and leaves its answer.
    fn handle(&mut self, handler: Handler, argc: u8) {
        self.emit(Op::CallBuiltin(handler.id(), argc));
    }

    /// A slot for a while; see [`release`](Self::release).
    fn temporary(&mut self) -> u16 {
        if let Some(slot) = self.free.pop() {
            return slot;
        }
        let slot = u16::try_from(self.slots).unwrap_or_else(|_| {
            self.error(
                Span::default(),
                "the program is too large: more than 65536 slots",
            );
            0
        });
        self.slots += 1;
        slot
    }

    fn release(&mut self, slot: u16) {
        self.free.push(slot);
    }

    fn global(&mut self, name: &str) -> u16 {
        self.builder.try_add_name(name).unwrap_or_else(|full| {
            self.error(Span::default(), full.to_string());
            0
        })
    }

    /// Pushes a text.
    fn text(&mut self, text: &[u8]) {
        let index = match self.texts.get(text) {
            Some(&index) => index,
            None => match self.builder.try_add_constant(Value::bytes(text)) {
                Ok(index) => {
                    self.texts.insert(text.to_vec(), index);
                    index
                }
                Err(full) => {
                    self.error(Span::default(), full.to_string());
                    0
                }
            },
        };
        self.emit(Op::LoadConst(index));
    }

    fn check_regex(&mut self, text: &[u8], span: Span) {
        if let Err(error) = Regex::check(text, flavor(self.language)) {
            self.error(span, error.to_string());
        }
    }

    /// Pushes the number of a regular expression.
    fn regex(&mut self, text: &[u8], span: Span) {
        let index = match self.regex_indices.get(text) {
            Some(&index) => index,
            None => {
                self.check_regex(text, span);
                self.regexes.push(text.to_vec());
                let index = self.regexes.len() - 1;
                self.regex_indices.insert(text.to_vec(), index);
                index
            }
        };
        self.emit(Op::LoadInt(index as i64));
    }

    fn program(&mut self, program: &Program) {
        self.prologue();
        for block in &program.begin {
            self.block(block);
        }
        let reads = !program.rules.is_empty() || !program.end.is_empty() || self.watches_files;
        let (end, finish) = (self.label(), self.label());
        if reads {
            self.phase(IN_RULES);
        } else {
            self.jump(Op::Jump(0), finish);
        }
        self.bind(self.input);
        if reads {
            self.in_rules = true;
            match &program.rules[..] {
                _ if self.watches_files => {
                    self.next_record_between_files(end);
                    self.rules(&program.rules);
                }
                [] => {
                    self.handle(Handler::PassRecords, 0);
                    self.jump(Op::JumpIfFalse(0), end);
                }
                // A profile counts the records that the pattern is asked about.
                [rule] if filter(rule).is_some() && !self.language.profile => {
                    self.filtered(rule, end);
                }
                rules => {
                    self.handle(Handler::NextRecord, 0);
                    self.jump(Op::JumpIfFalse(0), end);
                    self.rules(rules);
                }
            }
            self.in_rules = false;
            self.jump(Op::Jump(0), self.input);
        }
        // An `exit` in an `END` action is the end, any other leads to those actions.
        self.bind(self.exit);
        let phase = self.global(PHASE);
        self.emit(Op::GetVar(phase));
        self.emit(Op::LoadInt(IN_END));
        self.emit(Op::NumEq);
        self.jump(Op::JumpIfTrue(0), finish);
        self.bind(end);
        self.phase(IN_END);
        for block in &program.end {
            self.block(block);
        }
        self.bind(finish);
        if prints_to_commands(program) {
            self.handle(Handler::CloseOutputs, 0);
            self.emit(Op::Pop);
        }
        self.emit(Op::Return);
        if self.watches_files {
            self.file_rules(program);
        }
        for (index, function) in program.functions.iter().enumerate() {
            self.function(index, function);
        }
    }

    /// Makes the arrays of the program. Those of the language are made by the run time.
    fn prologue(&mut self) {
        let names = self.names;
        for (name, kind) in names.globals() {
            let text = name.text.as_str();
            let global = self.global(text);
            if kind == Kind::Array && !special::is_known(text, self.language) {
                self.emit(Op::NewHash(0));
                self.emit(Op::SetVar(global));
            }
        }
    }

    fn phase(&mut self, phase: i64) {
        let global = self.global(PHASE);
        self.emit(Op::LoadInt(phase));
        self.emit(Op::SetVar(global));
    }

    /// The only rule, if its pattern is a regular expression: the run time reads on to the next
    /// record that matches.
    fn filtered(&mut self, rule: &Rule, end: Label) {
        self.at(rule.span);
        if let Some((regex, span)) = filter(rule) {
            self.regex(regex, span);
        }
        self.handle(Handler::NextMatch, 1);
        let passed = self.temporary();
        self.emit(Op::SetSlot(passed));
        self.emit(Op::GetSlot(passed));
        self.jump(Op::JumpIfFalse(0), end);
        self.emit(Op::GetSlot(passed));
        self.emit(Op::LoadInt(Sought::Found as i64));
        self.emit(Op::NumEq);
        self.jump(Op::JumpIfFalse(0), self.input);
        self.release(passed);
        self.action(rule);
    }

    fn rules(&mut self, rules: &[Rule]) {
        for rule in rules {
            self.rule(rule);
        }
    }

    fn rule(&mut self, rule: &Rule) {
        self.at(rule.span);
        if !matches!((&rule.pattern, &rule.action), (Pattern::Always, Some(_))) {
            self.profile_line(true);
        }
        let skip = self.label();
        match &rule.pattern {
            Pattern::Always => {}
            Pattern::When(pattern) => self.jump_unless(pattern, skip),
            Pattern::Range(from, to) => {
                // A slot of its own, for good: whether the range is open.
                let open = self.temporary();
                let (inside, keep) = (self.label(), self.label());
                self.emit(Op::GetSlot(open));
                self.jump(Op::JumpIfTrue(0), inside);
                self.jump_unless(from, skip);
                self.emit(Op::LoadTrue);
                self.emit(Op::SetSlot(open));
                self.bind(inside);
                self.jump_unless(to, keep);
                self.emit(Op::LoadFalse);
                self.emit(Op::SetSlot(open));
                self.bind(keep);
            }
        }
        self.action(rule);
        self.bind(skip);
    }

    fn action(&mut self, rule: &Rule) {
        match &rule.action {
            Some(action) => self.block(action),
            None => {
                self.handle(Handler::Print, 0);
                self.emit(Op::Pop);
            }
        }
    }

    fn function(&mut self, index: usize, function: &Function) {
        self.at(function.span);
        let name = self.global(&function.name);
        let entry = self.builder.current_pos();
        self.builder.add_sub_entry(name, entry);
        self.function = Some(index);
        self.slots = function.params.len();
        self.free.clear();
        for param in (0..function.params.len()).rev() {
            // The resolver bounds their number.
            self.emit(Op::SetSlot(param as u16));
        }
        self.block(&function.body);
        self.emit(Op::LoadUndef);
        self.emit(Op::ReturnValue);
        self.function = None;
    }

    fn block(&mut self, block: &Block) {
        for stmt in block {
            self.stmt(stmt);
        }
    }

    /// Jumps when a condition is false.
    fn jump_unless(&mut self, cond: &Expr, target: Label) {
        self.branch(cond, target, false);
    }

    /// Tells the run time about a variable that it must know; the value is on the stack.
    fn set_special(&mut self, special: Special) {
        self.emit(Op::LoadInt(special as i64));
        self.handle(Handler::SetSpecial, 2);
        self.emit(Op::Pop);
    }
}
