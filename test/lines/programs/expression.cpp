// An evaluator of expressions: nodes with virtual functions, a parser, templates for number types, constant folding.
// Reads lines from standard input.

#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace expression {

template <typename Number> struct Operations {
  static Number power(Number base, int exponent) {
    Number result = 1;
    while (exponent > 0) {
      if (exponent & 1)
        result *= base;
      base *= base;
      exponent >>= 1;
    }
    return result;
  }
  static bool divide(Number a, Number b, Number &out) {
    if (b == Number(0))
      return false;
    out = a / b;
    return true;
  }
};

template <typename Number> class Environment {
public:
  Number get(const std::string &name) const {
    auto found = values.find(name);
    return found == values.end() ? Number(0) : found->second;
  }
  void set(const std::string &name, Number value) { values[name] = value; }
  bool empty() const { return values.empty(); }

private:
  std::map<std::string, Number> values;
};

template <typename Number> class Node {
public:
  virtual ~Node() = default;
  virtual bool evaluate(Environment<Number> &environment, Number &out) const = 0;
  virtual bool isConstant() const { return false; }
  virtual int size() const { return 1; }
};

template <typename Number> using Pointer = std::unique_ptr<Node<Number>>;

template <typename Number> class Constant final : public Node<Number> {
public:
  explicit Constant(Number value) : value(value) {}
  bool evaluate(Environment<Number> &, Number &out) const override {
    out = value;
    return true;
  }
  bool isConstant() const override { return true; }

private:
  Number value;
};

template <typename Number> class Variable final : public Node<Number> {
public:
  explicit Variable(std::string name) : name(std::move(name)) {}
  bool evaluate(Environment<Number> &environment, Number &out) const override {
    out = environment.get(name);
    return true;
  }

private:
  std::string name;
};

template <typename Number> class Assignment final : public Node<Number> {
public:
  Assignment(std::string name, Pointer<Number> value) : name(std::move(name)), value(std::move(value)) {}
  bool evaluate(Environment<Number> &environment, Number &out) const override {
    if (!value->evaluate(environment, out))
      return false;
    environment.set(name, out);
    return true;
  }
  int size() const override { return 1 + value->size(); }

private:
  std::string name;
  Pointer<Number> value;
};

template <typename Number> class Binary final : public Node<Number> {
public:
  Binary(char op, Pointer<Number> left, Pointer<Number> right)
      : op(op), left(std::move(left)), right(std::move(right)) {}

  bool evaluate(Environment<Number> &environment, Number &out) const override {
    Number a, b;
    if (!left->evaluate(environment, a) || !right->evaluate(environment, b))
      return false;
    switch (op) {
    case '+':
      out = a + b;
      return true;
    case '-':
      out = a - b;
      return true;
    case '*':
      out = a * b;
      return true;
    case '/':
      return Operations<Number>::divide(a, b, out);
    case '^':
      out = Operations<Number>::power(a, static_cast<int>(b));
      return true;
    default:
      return false;
    }
  }

  bool isConstant() const override { return left->isConstant() && right->isConstant(); }
  int size() const override { return 1 + left->size() + right->size(); }

private:
  char op;
  Pointer<Number> left, right;
};

template <typename Number> class Parser {
public:
  explicit Parser(const char *text) : at(text) {}

  Pointer<Number> parse() {
    Pointer<Number> result = assignment();
    skip();
    if (*at != 0 && error.empty())
      error = std::string("unexpected ") + *at;
    if (!error.empty())
      return nullptr;
    return fold(std::move(result));
  }

  const std::string &message() const { return error; }

private:
  const char *at;
  std::string error;

  void skip() {
    while (std::isspace(static_cast<unsigned char>(*at)))
      ++at;
  }

  bool accept(char c) {
    skip();
    if (*at != c)
      return false;
    ++at;
    return true;
  }

  Pointer<Number> fold(Pointer<Number> node) {
    if (!node || !node->isConstant() || node->size() == 1)
      return node;
    Environment<Number> none;
    Number value;
    if (!node->evaluate(none, value))
      return node;
    return std::make_unique<Constant<Number>>(value);
  }

  Pointer<Number> assignment() {
    const char *start = at;
    std::string name = word();
    if (!name.empty() && accept('='))
      return std::make_unique<Assignment<Number>>(name, sum());
    at = start;
    return sum();
  }

  std::string word() {
    skip();
    std::string name;
    while (std::isalpha(static_cast<unsigned char>(*at)))
      name += *at++;
    return name;
  }

  Pointer<Number> binary(const char *ops, Pointer<Number> (Parser::*operand)()) {
    Pointer<Number> left = (this->*operand)();
    for (;;) {
      skip();
      if (*at == 0 || !std::strchr(ops, *at))
        return left;
      char op = *at++;
      Pointer<Number> right = (this->*operand)();
      left = fold(std::make_unique<Binary<Number>>(op, std::move(left), std::move(right)));
    }
  }

  Pointer<Number> sum() { return binary("+-", &Parser::product); }
  Pointer<Number> product() { return binary("*/", &Parser::power); }
  Pointer<Number> power() { return binary("^", &Parser::atom); }

  Pointer<Number> atom() {
    if (accept('(')) {
      Pointer<Number> inner = sum();
      if (!accept(')') && error.empty())
        error = "no )";
      return inner;
    }
    if (accept('-'))
      return std::make_unique<Binary<Number>>('-', std::make_unique<Constant<Number>>(Number(0)), atom());
    std::string name = word();
    if (!name.empty())
      return std::make_unique<Variable<Number>>(name);
    if (!std::isdigit(static_cast<unsigned char>(*at))) {
      if (error.empty())
        error = *at ? "no number" : "the end";
      return std::make_unique<Constant<Number>>(Number(0));
    }
    Number value = 0;
    while (std::isdigit(static_cast<unsigned char>(*at)))
      value = value * 10 + Number(*at++ - '0');
    if (*at == '.') {
      Number scale = 1;
      for (++at; std::isdigit(static_cast<unsigned char>(*at)); ++at) {
        scale /= 10;
        value += scale * Number(*at - '0');
      }
    }
    return std::make_unique<Constant<Number>>(value);
  }
};

template <typename Number> class Calculator {
public:
  explicit Calculator(std::function<void(Number)> print) : print(std::move(print)) {}

  bool run(const char *line) {
    Parser<Number> parser(line);
    Pointer<Number> node = parser.parse();
    if (!node) {
      std::printf("error: %s\n", parser.message().c_str());
      return false;
    }
    Number value;
    if (!node->evaluate(environment, value)) {
      std::puts("undefined");
      return false;
    }
    print(value);
    results.push_back(value);
    return true;
  }

  Number best() const {
    Number most = 0;
    for (const Number &value : results)
      if (value > most)
        most = value;
    return most;
  }

private:
  Environment<Number> environment;
  std::vector<Number> results;
  std::function<void(Number)> print;
};

} // namespace expression

int main(int argc, char **) {
  char line[256];
  int errors = 0;
  expression::Calculator<double> real([](double value) { std::printf("%g\n", value); });
  expression::Calculator<long> whole([&](long value) {
    if (value < 0)
      std::printf("minus ");
    std::printf("%ld\n", std::labs(value));
  });
  while (std::fgets(line, sizeof line, stdin)) {
    line[std::strcspn(line, "\n")] = 0;
    if (line[0] == '#')
      continue;
    bool isReal = std::strchr(line, '.') != nullptr;
    if (!(isReal ? real.run(line) : whole.run(line)))
      errors++;
  }
  std::printf("%g %ld %d\n", real.best(), whole.best(), errors);
  return argc > 5 ? 1 : 0;
}
