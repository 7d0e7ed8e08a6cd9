//! What is wrong with a rule file, where, and the way out.

use std::{fmt, ops::Range};

use crate::{
    both,
    expression::ExpressionError,
    language::{Language, Words},
};

/// One fault of a rule file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong and what to write instead.
    pub message: Words,
    /// The rule it is about.
    pub rule: Option<String>,
}

impl Diagnostic {
    /// A fault at a byte offset of a file's text, about no rule of its own.
    pub fn at(source: &str, offset: usize, message: impl Into<Words>) -> Self {
        let (line, column) = place(source, offset);
        Self { line, column, message: message.into(), rule: None }
    }

    /// The message, after the rule it is about: ``规则 `a`：…``.
    pub fn told(&self, language: Language) -> String {
        let message = self.message.in_language(language);
        match &self.rule {
            Some(rule) => language.choose(format!("规则 `{rule}`：{message}"), format!("rule `{rule}`: {message}")),
            None => message.to_owned(),
        }
    }

    /// The message in both languages, after the rule it is about.
    pub fn words(&self) -> Words {
        match self.message.zh_apart() {
            Some(_) => Words::of(|language| self.told(language)),
            None => self.told(Language::English).into(),
        }
    }

    /// After its place: ``第 3 行第 5 列：规则 `a`：…``.
    pub fn told_with_place(&self, language: Language) -> String {
        let (line, column, told) = (self.line, self.column, self.told(language));
        language.choose(format!("第 {line} 行第 {column} 列：{told}"), format!("line {line}, column {column}: {told}"))
    }
}

/// In English.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told_with_place(Language::English))
    }
}

impl std::error::Error for Diagnostic {}

/// Collects the faults of one file, so that its writer sees all of them at once.
pub(super) struct Report<'a> {
    source: &'a str,
    rule: Option<String>,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Report<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        Self { source, rule: None, diagnostics: Vec::new() }
    }

    /// Later faults are about this rule.
    pub(super) fn enter(&mut self, rule: Option<&str>) {
        self.rule = rule.map(str::to_owned);
    }

    /// Notes a fault at a byte offset of the file.
    pub(super) fn fault(&mut self, offset: usize, message: Words) {
        let fault = Diagnostic { rule: self.rule.clone(), ..Diagnostic::at(self.source, offset, message) };
        self.diagnostics.push(fault);
    }

    /// Notes a fault of an expression: its place within the text of the string at `span`.
    pub(super) fn expression_fault(&mut self, span: Range<usize>, text: &str, error: &ExpressionError) {
        let written = self.source.get(span.clone()).unwrap_or("");
        // Without escapes the text stands in the file as it is; with them the string's beginning must do.
        let offset = written.find(text).map_or(span.start, |quote| span.start + quote + error.offset);
        self.fault(offset, both!("在 `{text}` 中：", "in `{text}`: ").and(&error.message));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.diagnostics.is_empty()
    }

    /// All faults in the order of the file.
    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        self.diagnostics.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
        self.diagnostics
    }
}

/// Line and column, both from 1, of a byte offset.
fn place(source: &str, offset: usize) -> (usize, usize) {
    let offset = (0..=offset.min(source.len())).rev().find(|at| source.is_char_boundary(*at)).unwrap_or(0);
    let before = &source[..offset];
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    (before.matches('\n').count() + 1, column)
}
