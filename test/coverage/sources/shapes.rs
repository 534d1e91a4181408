// Areas of shapes, and a small parser: generics, closures, traits, iterators, panics.
use std::collections::HashMap;
use std::fmt;

pub trait Shape {
    fn area(&self) -> f64;
    fn name(&self) -> &'static str {
        "shape"
    }
}

pub struct Square(pub f64);
pub struct Circle {
    pub radius: f64,
}

impl Shape for Square {
    fn area(&self) -> f64 {
        self.0 * self.0
    }
    fn name(&self) -> &'static str {
        "square"
    }
}

impl Shape for Circle {
    fn area(&self) -> f64 {
        if self.radius < 0.0 {
            return 0.0;
        }
        3.0 * self.radius * self.radius
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    Number(i64),
    Plus,
    Minus,
    Other(char),
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Token::Number(n) => write!(f, "{}", n),
            Token::Plus => write!(f, "+"),
            Token::Minus => write!(f, "-"),
            Token::Other(c) => write!(f, "?{}", c),
        }
    }
}

pub fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter.is_whitespace() {
            continue;
        }
        if let Some(digit) = letter.to_digit(10) {
            let mut value = i64::from(digit);
            while let Some(next) = letters.peek().and_then(|c| c.to_digit(10)) {
                value = value * 10 + i64::from(next);
                letters.next();
            }
            found.push(Token::Number(value));
        } else if letter == '+' {
            found.push(Token::Plus);
        } else if letter == '-' {
            found.push(Token::Minus);
        } else {
            found.push(Token::Other(letter));
        }
    }
    found
}

fn largest<T: PartialOrd + Copy>(values: &[T]) -> Option<T> {
    let mut best = *values.first()?;
    for &value in values {
        if value > best {
            best = value;
        }
    }
    Some(best)
}

pub fn sum(found: &[Token]) -> i64 {
    let mut total = 0;
    let mut sign = 1;
    for token in found {
        match token {
            Token::Number(n) => {
                total += sign * n;
                sign = 1;
            }
            Token::Minus => sign = -sign,
            Token::Plus => {}
            Token::Other(c) => panic!("no such token: {}", c),
        }
    }
    total
}

#[no_mangle]
pub extern "C" fn run(scale: i32) -> i64 {
    let shapes: Vec<Box<dyn Shape>> = vec![
        Box::new(Square(f64::from(scale))),
        Box::new(Circle { radius: 2.0 }),
    ];
    let areas: Vec<f64> = shapes.iter().map(|shape| shape.area()).collect();
    let best = largest(&areas).unwrap_or(0.0);
    let mut counts: HashMap<String, usize> = HashMap::new();
    for token in tokens("12 + 30-2") {
        *counts.entry(token.to_string()).or_insert(0) += 1;
    }
    let widest = largest(&[1i32, 5, 3]).unwrap_or(0);
    sum(&tokens("12 + 30-2")) + best as i64 + counts.len() as i64 + i64::from(widest)
}

#[no_mangle]
pub extern "C" fn never(x: i32) -> i32 {
    x + 1
}
