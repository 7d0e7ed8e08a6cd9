//! Check: the parsed CEL tree becomes the typed plan, or an error that says where and what to write instead.

use std::collections::BTreeSet;

use cel::{
    IdedExpr,
    common::ast::{CallExpr, Expr, LiteralValue, SelectExpr, SourceInfo, operators},
    parser::Parser,
};

use crate::{both, language::Words, points::Points};

use super::{
    DEPTH_MAX, ExpressionError, NODES_MAX, Schema, TEXT_BYTES_MAX, Type,
    error::offer,
    node::{Arithmetic, Boolean, Comparison, Integer, Node, Search, Text},
};

/// The typed plan of `text` and the slots it reads.
pub(super) fn check(text: &str, schema: &dyn Schema) -> Result<(Node, Vec<u32>), ExpressionError> {
    if text.len() > TEXT_BYTES_MAX {
        let message = both!(
            "表达式超过 {TEXT_BYTES_MAX} 字节；请把规则拆开",
            "the expression is longer than {TEXT_BYTES_MAX} bytes; split the rule"
        );
        return Err(ExpressionError::at_offset(text, 0, message));
    }
    let (tree, source) = parse(text)?;
    let mut checker = Checker { text, schema, source: &source, depth: 0, nodes: 0, slots: BTreeSet::new() };
    let node = checker.node(&tree)?;
    Ok((node, checker.slots.into_iter().collect()))
}

fn parse(text: &str) -> Result<(IdedExpr, SourceInfo), ExpressionError> {
    // `DEPTH_MAX` is small, the conversion cannot lose anything.
    let parser = Parser::new().max_recursion_depth(DEPTH_MAX as u16);
    parser.parse_with_source_info(text).map_err(|errors| {
        let Some(first) = errors.errors.first() else {
            return ExpressionError::at_offset(text, 0, both!("不是 CEL 表达式", "no CEL expression"));
        };
        let line = usize::try_from(first.pos.0).unwrap_or(1).max(1);
        let column = usize::try_from(first.pos.1).unwrap_or(1);
        let reason = first.msg.strip_prefix("Syntax error: ").unwrap_or(&first.msg);
        let reason = reason.split(" expecting ").next().unwrap_or(reason).replace("'<EOF>'", "the end");
        ExpressionError::at_line(text, line, column, both!("不是 CEL 表达式：{reason}", "no CEL expression: {reason}"))
    })
}

struct Checker<'a> {
    text: &'a str,
    schema: &'a dyn Schema,
    source: &'a SourceInfo,
    depth: usize,
    nodes: usize,
    slots: BTreeSet<u32>,
}

impl Checker<'_> {
    fn error(&self, at: &IdedExpr, message: Words) -> ExpressionError {
        let start = self.source.offset_for(at.id).map_or(0, |(start, _)| start as usize);
        ExpressionError::at_offset(self.text, start, message)
    }

    fn node(&mut self, expression: &IdedExpr) -> Result<Node, ExpressionError> {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            return Err(self.error(
                expression,
                both!(
                    "表达式超过 {NODES_MAX} 个部分；请把规则拆开",
                    "the expression has more than {NODES_MAX} parts; split the rule"
                ),
            ));
        }
        if self.depth >= DEPTH_MAX {
            return Err(self.error(
                expression,
                both!(
                    "表达式嵌套超过 {DEPTH_MAX} 层；请把规则拆开",
                    "the expression is nested deeper than {DEPTH_MAX}; split the rule"
                ),
            ));
        }
        self.depth += 1;
        let node = self.shape(expression);
        self.depth -= 1;
        node
    }

    fn shape(&mut self, expression: &IdedExpr) -> Result<Node, ExpressionError> {
        if let Some((root, member)) = name(expression) {
            return self.named(expression, root, member);
        }
        match &expression.expr {
            Expr::Literal(literal) => self.literal(expression, literal),
            Expr::Select(select) if select.test => self.present(expression, select),
            Expr::Call(call) => self.call(expression, call),
            Expr::Select(_) | Expr::Ident(_) => Err(self.error(
                expression,
                both!(
                    "名称的点号后面只有一段，如 `fact.service_ms`",
                    "names have one part after the dot, as in `fact.service_ms`"
                ),
            )),
            Expr::List(_) => {
                Err(self.error(expression, both!("列表只能写在 `in` 后面", "a list may only stand after `in`")))
            }
            Expr::Comprehension(_) => Err(self.error(
                expression,
                both!(
                    "不支持 `all`、`exists`、`map`、`filter`",
                    "`all`, `exists`, `map` and `filter` are not supported"
                ),
            )),
            Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => Err(self.error(
                expression,
                both!("只支持整数、文本和布尔值", "only integers, texts and booleans are supported"),
            )),
        }
    }

    fn resolve(&mut self, at: &IdedExpr, root: &str, member: Option<&str>) -> Result<(u32, Type), ExpressionError> {
        let Some((slot, kind)) = self.schema.resolve(root, member) else {
            let wrong = spelled(root, member);
            let offer = offer(&wrong, &self.schema.names());
            return Err(self.error(root_of(at), both!("没有 `{wrong}` 这个名称", "unknown name `{wrong}`").and(&offer)));
        };
        self.slots.insert(slot);
        Ok((slot, kind))
    }

    fn named(&mut self, at: &IdedExpr, root: &str, member: Option<&str>) -> Result<Node, ExpressionError> {
        let (slot, kind) = self.resolve(at, root, member)?;
        Ok(match kind {
            Type::Integer => Node::Integer(Integer::Slot(slot)),
            Type::Decimal => Node::Decimal(Integer::Slot(slot)),
            Type::Boolean => Node::Boolean(Boolean::Slot(slot)),
            Type::Text => Node::Text(Text::Slot(slot)),
        })
    }

    fn present(&mut self, at: &IdedExpr, select: &SelectExpr) -> Result<Node, ExpressionError> {
        let Expr::Ident(root) = &select.operand.expr else {
            return Err(self.error(
                at,
                both!(
                    "`has` 里写一个名称，如 `has(fact.promised_ms)`",
                    "`has` takes one name, as in `has(fact.promised_ms)`"
                ),
            ));
        };
        let (slot, _) = self.resolve(&select.operand, root, Some(&select.field))?;
        Ok(Node::Boolean(Boolean::Present(slot)))
    }

    fn literal(&self, at: &IdedExpr, literal: &LiteralValue) -> Result<Node, ExpressionError> {
        Ok(match literal {
            LiteralValue::Int(value) => Node::Integer(Integer::Constant(*value.inner())),
            LiteralValue::Boolean(value) => Node::Boolean(Boolean::Constant(*value.inner())),
            LiteralValue::String(value) => Node::Text(Text::Constant(value.inner().into())),
            LiteralValue::Double(_) => {
                return Err(self.error(
                    at,
                    both!(
                        "不能写小数：分数必须准确；请把两边都乘开，如 `2 * a <= b`",
                        "no floating point: points must be exact; multiply both sides instead, as in `2 * a <= b`"
                    ),
                ));
            }
            LiteralValue::UInt(_) => {
                return Err(self.error(at, both!("整数后面不写 `u`", "write the integer without `u`")));
            }
            LiteralValue::Bytes(_) => {
                return Err(self.error(at, both!("文本前面不写 `b`", "write the text without `b`")));
            }
            LiteralValue::Null => {
                return Err(self.error(
                    at,
                    both!("没有 `null`；请改问 `has(fact.name)`", "there is no `null`; ask `has(fact.name)` instead"),
                ));
            }
        })
    }

    fn call(&mut self, at: &IdedExpr, call: &CallExpr) -> Result<Node, ExpressionError> {
        match (call.func_name.as_str(), call.target.as_deref(), call.args.as_slice()) {
            (operators::CONDITIONAL, None, [condition, then, otherwise]) => self.choose(at, condition, then, otherwise),
            (operators::LOGICAL_AND, None, [left, right]) => {
                let pair = (self.boolean(left)?, self.boolean(right)?);
                Ok(Node::Boolean(Boolean::And(Box::new(pair))))
            }
            (operators::LOGICAL_OR, None, [left, right]) => {
                let pair = (self.boolean(left)?, self.boolean(right)?);
                Ok(Node::Boolean(Boolean::Or(Box::new(pair))))
            }
            (operators::LOGICAL_NOT, None, [inner]) => Ok(Node::Boolean(Boolean::Not(Box::new(self.boolean(inner)?)))),
            (operators::NEGATE, None, [inner]) => match self.node(inner)? {
                Node::Decimal(inner) => Ok(Node::Decimal(Integer::Negate(Box::new(inner)))),
                Node::Integer(inner) => Ok(Node::Integer(Integer::Negate(Box::new(inner)))),
                other => Err(self.expected(inner, Type::Integer, &other)),
            },
            (operators::IN, None, [needle, list]) => self.contained(at, needle, list),
            (operators::INDEX, None, _) => Err(self.error(
                at,
                both!(
                    "方括号里写加引号的文本，如 `row[\"case:KEY\"]`",
                    "an index is a name and a text in quotes, as in `row[\"case:KEY\"]`"
                ),
            )),
            ("int", None, [inner]) => self.int(inner),
            ("string", None, [inner]) => self.string(inner),
            ("decimal", None, [inner]) => self.decimal(inner),
            ("size", None, [inner]) | ("size", Some(inner), []) => {
                Ok(Node::Integer(Integer::Size(Box::new(self.text_node(inner)?))))
            }
            ("startsWith", Some(hay), [needle]) => self.search(Search::StartsWith, hay, needle),
            ("endsWith", Some(hay), [needle]) => self.search(Search::EndsWith, hay, needle),
            ("contains", Some(hay), [needle]) => self.search(Search::Contains, hay, needle),
            ("matches", ..) => Err(self.error(
                at,
                both!(
                    "不支持 `matches`；请用 `startsWith`、`endsWith`、`contains` 或 `in [\"a\", \"b\"]`",
                    "`matches` is not supported; use `startsWith`, `endsWith`, `contains` or `in [\"a\", \"b\"]`"
                ),
            )),
            (operator, None, [left, right]) => self.binary(at, operator, left, right),
            (function, ..) => Err(self.unknown_function(at, function)),
        }
    }

    fn unknown_function(&self, at: &IdedExpr, function: &str) -> ExpressionError {
        self.error(
            at,
            both!("`{function}` 不能这样用；可用的有 `int(x)`、`string(x)`、`size(x)`、`has(fact.x)`、`x.startsWith(y)`、`x.endsWith(y)`、`x.contains(y)`、`decimal(\"4.5\")`", "`{function}` cannot be used like this; there are int(x), string(x), size(x), has(fact.x), \
                 x.startsWith(y), x.endsWith(y), x.contains(y) and decimal(\"4.5\")"),
        )
    }

    fn binary(
        &mut self,
        at: &IdedExpr,
        operator: &str,
        left: &IdedExpr,
        right: &IdedExpr,
    ) -> Result<Node, ExpressionError> {
        let arithmetic = match operator {
            operators::ADD => Some(Arithmetic::Add),
            operators::SUBSTRACT => Some(Arithmetic::Subtract),
            operators::MULTIPLY => Some(Arithmetic::Multiply),
            operators::DIVIDE => Some(Arithmetic::Divide),
            operators::MODULO => Some(Arithmetic::Remainder),
            _ => None,
        };
        if let Some(arithmetic) = arithmetic {
            return self.calculate(at, arithmetic, left, right);
        }
        let comparison = match operator {
            operators::EQUALS => Comparison::Equal,
            operators::NOT_EQUALS => Comparison::Different,
            operators::LESS => Comparison::Less,
            operators::LESS_EQUALS => Comparison::LessOrEqual,
            operators::GREATER => Comparison::Greater,
            operators::GREATER_EQUALS => Comparison::GreaterOrEqual,
            function => return Err(self.unknown_function(at, function)),
        };
        self.compare(at, comparison, left, right)
    }

    fn calculate(
        &mut self,
        at: &IdedExpr,
        arithmetic: Arithmetic,
        left: &IdedExpr,
        right: &IdedExpr,
    ) -> Result<Node, ExpressionError> {
        match (arithmetic, self.node(left)?, self.node(right)?) {
            (_, Node::Integer(left), Node::Integer(right)) => {
                Ok(Node::Integer(Integer::Calculate(arithmetic, Box::new((left, right)))))
            }
            (Arithmetic::Add | Arithmetic::Subtract, Node::Decimal(left), Node::Decimal(right)) => {
                Ok(Node::Decimal(Integer::Calculate(arithmetic, Box::new((left, right)))))
            }
            (Arithmetic::Multiply, Node::Decimal(left), Node::Integer(right))
            | (Arithmetic::Multiply, Node::Integer(left), Node::Decimal(right)) => {
                Ok(Node::Decimal(Integer::Calculate(arithmetic, Box::new((left, right)))))
            }
            (Arithmetic::Add, Node::Text(left), Node::Text(right)) => {
                Ok(Node::Text(Text::Concatenate(Box::new((left, right)))))
            }
            (_, left, right) => Err(self.mismatch(at, &left, &right)),
        }
    }

    fn compare(
        &mut self,
        at: &IdedExpr,
        comparison: Comparison,
        left: &IdedExpr,
        right: &IdedExpr,
    ) -> Result<Node, ExpressionError> {
        let node = match (self.node(left)?, self.node(right)?) {
            (Node::Integer(left), Node::Integer(right)) | (Node::Decimal(left), Node::Decimal(right)) => {
                Boolean::Integers(comparison, Box::new((left, right)))
            }
            (Node::Text(left), Node::Text(right)) => Boolean::Texts(comparison, Box::new((left, right))),
            (Node::Boolean(left), Node::Boolean(right)) => match comparison {
                Comparison::Equal => Boolean::Booleans(true, Box::new((left, right))),
                Comparison::Different => Boolean::Booleans(false, Box::new((left, right))),
                Comparison::Less | Comparison::LessOrEqual | Comparison::Greater | Comparison::GreaterOrEqual => {
                    return Err(self.error(
                        at,
                        both!("布尔值不分大小；请用 `==` 或 `!=`", "booleans have no order; use `==` or `!=`"),
                    ));
                }
            },
            (left, right) => return Err(self.mismatch(at, &left, &right)),
        };
        Ok(Node::Boolean(node))
    }

    fn mismatch(&self, at: &IdedExpr, left: &Node, right: &Node) -> ExpressionError {
        let is_decimal = [left.kind(), right.kind()].contains(&Type::Decimal);
        let (left, right) = (left.kind().words(), right.kind().words());
        if is_decimal {
            let message = Words::new(
                format!(
                    "这个运算不能用于{}和{}；小数写作 `decimal(\"4.5\")`，与小数加减比较，只能乘整数",
                    left.zh, right.zh
                ),
                format!(
                    "this operator cannot join {left} and {right}; write decimals as decimal(\"4.5\"), add and compare them with \
                     decimals, and multiply them by integers only"
                ),
            );
            return self.error(at, message);
        }
        let message = Words::new(
            format!("这个运算不能用于{}和{}；请用 `int(…)` 或 `string(…)` 转换一边", left.zh, right.zh),
            format!("this operator cannot join {left} and {right}; convert one side with int(…) or string(…)"),
        );
        self.error(at, message)
    }

    fn choose(
        &mut self,
        at: &IdedExpr,
        condition: &IdedExpr,
        then: &IdedExpr,
        otherwise: &IdedExpr,
    ) -> Result<Node, ExpressionError> {
        let condition = self.boolean(condition)?;
        match (self.node(then)?, self.node(otherwise)?) {
            (Node::Integer(then), Node::Integer(otherwise)) => {
                Ok(Node::Integer(Integer::Choose(Box::new((condition, then, otherwise)))))
            }
            (Node::Decimal(then), Node::Decimal(otherwise)) => {
                Ok(Node::Decimal(Integer::Choose(Box::new((condition, then, otherwise)))))
            }
            (Node::Boolean(then), Node::Boolean(otherwise)) => {
                Ok(Node::Boolean(Boolean::Choose(Box::new((condition, then, otherwise)))))
            }
            (Node::Text(then), Node::Text(otherwise)) => {
                Ok(Node::Text(Text::Choose(Box::new((condition, then, otherwise)))))
            }
            (then, otherwise) => Err(self.mismatch(at, &then, &otherwise)),
        }
    }

    fn contained(&mut self, at: &IdedExpr, needle: &IdedExpr, list: &IdedExpr) -> Result<Node, ExpressionError> {
        match (&list.expr, &needle.expr) {
            (Expr::List(list), _) => {
                let node = match self.node(needle)? {
                    Node::Integer(needle) => {
                        let elements = list.elements.iter().map(|element| self.integer(element));
                        Boolean::IntegerIn(Box::new(needle), elements.collect::<Result<_, _>>()?)
                    }
                    Node::Text(needle) => {
                        let elements = list.elements.iter().map(|element| self.text_node(element));
                        Boolean::TextIn(Box::new(needle), elements.collect::<Result<_, _>>()?)
                    }
                    Node::Boolean(_) | Node::Decimal(_) => {
                        return Err(self.error(at, both!("`in` 前面写整数或文本", "`in` takes an integer or a text")));
                    }
                };
                Ok(Node::Boolean(node))
            }
            // CEL's own way to ask whether a map has a key.
            (Expr::Ident(root), Expr::Literal(LiteralValue::String(key))) => {
                let (slot, _) = self.resolve(list, root, Some(key.inner()))?;
                Ok(Node::Boolean(Boolean::Present(slot)))
            }
            _ => Err(self.error(
                at,
                both!(
                    "`in` 后面写列表，如 `fact.channel in [\"window\", \"online\"]`",
                    "`in` takes a list, as in `fact.channel in [\"window\", \"online\"]`"
                ),
            )),
        }
    }

    fn int(&mut self, inner: &IdedExpr) -> Result<Node, ExpressionError> {
        match self.node(inner)? {
            Node::Integer(node) => Ok(Node::Integer(node)),
            // Its whole part.
            Node::Decimal(node) => {
                let pair = (node, Integer::Constant(1000));
                Ok(Node::Integer(Integer::Calculate(Arithmetic::Divide, Box::new(pair))))
            }
            Node::Text(node) => Ok(Node::Integer(Integer::Parse(Box::new(node)))),
            Node::Boolean(_) => Err(self.error(
                inner,
                both!(
                    "`int(…)` 里写文本；布尔值请写 `x ? 1 : 0`",
                    "int(…) takes a text; for a boolean write `x ? 1 : 0`"
                ),
            )),
        }
    }

    fn string(&mut self, inner: &IdedExpr) -> Result<Node, ExpressionError> {
        Ok(Node::Text(match self.node(inner)? {
            Node::Integer(node) => Text::FromInteger(Box::new(node)),
            Node::Boolean(node) => Text::FromBoolean(Box::new(node)),
            Node::Text(node) => node,
            other @ Node::Decimal(_) => return Err(self.expected(inner, Type::Integer, &other)),
        }))
    }

    /// `decimal("4.5")`: at most three places.
    fn decimal(&mut self, inner: &IdedExpr) -> Result<Node, ExpressionError> {
        let written = match &inner.expr {
            Expr::Literal(LiteralValue::String(text)) => Points::parse(text.inner()).ok(),
            _ => None,
        };
        written.map(|written| Node::Decimal(Integer::Constant(written.0))).ok_or_else(|| {
            let message = both!(
                "`decimal(…)` 里写加引号的小数，至多三位，如 `decimal(\"4.5\")`",
                "decimal(…) takes a decimal of at most three places in quotes, as in decimal(\"4.5\")"
            );
            self.error(inner, message)
        })
    }

    fn search(&mut self, search: Search, hay: &IdedExpr, needle: &IdedExpr) -> Result<Node, ExpressionError> {
        let pair = (self.text_node(hay)?, self.text_node(needle)?);
        Ok(Node::Boolean(Boolean::Search(search, Box::new(pair))))
    }

    fn integer(&mut self, expression: &IdedExpr) -> Result<Integer, ExpressionError> {
        match self.node(expression)? {
            Node::Integer(node) => Ok(node),
            other => Err(self.expected(expression, Type::Integer, &other)),
        }
    }

    fn boolean(&mut self, expression: &IdedExpr) -> Result<Boolean, ExpressionError> {
        match self.node(expression)? {
            Node::Boolean(node) => Ok(node),
            other => Err(self.expected(expression, Type::Boolean, &other)),
        }
    }

    fn text_node(&mut self, expression: &IdedExpr) -> Result<Text, ExpressionError> {
        match self.node(expression)? {
            Node::Text(node) => Ok(node),
            other => Err(self.expected(expression, Type::Text, &other)),
        }
    }

    fn expected(&self, at: &IdedExpr, expected: Type, found: &Node) -> ExpressionError {
        let (expected, found) = (expected.words(), found.kind().words());
        let message = Words::new(
            format!("这里要{}，写的是{}", expected.zh, found.zh),
            format!("expected {expected}, found {found}"),
        );
        self.error(root_of(at), message)
    }
}

/// `root`, `root.member` or `root["member"]`.
fn name(expression: &IdedExpr) -> Option<(&str, Option<&str>)> {
    match &expression.expr {
        Expr::Ident(root) => Some((root, None)),
        Expr::Select(select) if !select.test => match &select.operand.expr {
            Expr::Ident(root) => Some((root, Some(&select.field))),
            _ => None,
        },
        Expr::Call(call) if call.func_name == operators::INDEX => match call.args.as_slice() {
            [root, key] => match (&root.expr, &key.expr) {
                (Expr::Ident(root), Expr::Literal(LiteralValue::String(key))) => Some((root, Some(key.inner()))),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// Where a name begins: the parser places a selection at its dot.
fn root_of(expression: &IdedExpr) -> &IdedExpr {
    match &expression.expr {
        Expr::Select(select) => &select.operand,
        Expr::Call(call) if call.func_name == operators::INDEX => call.args.first().unwrap_or(expression),
        _ => expression,
    }
}

fn spelled(root: &str, member: Option<&str>) -> String {
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    match member {
        None => root.to_owned(),
        Some(member) if plain(member) => format!("{root}.{member}"),
        Some(member) => format!("{root}[{member:?}]"),
    }
}
