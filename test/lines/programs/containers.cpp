// Containers written out, templates over types and sizes, algorithms with predicates, inheritance, and a small inventory
// that uses them. Reads words from standard input.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

template <typename T> class List {
public:
  List() = default;
  List(const List &other) {
    for (std::size_t k = 0; k < other.used; k++)
      push(other.items[k]);
  }
  List(List &&other) noexcept : items(other.items), used(other.used), room(other.room) {
    other.items = nullptr;
    other.used = other.room = 0;
  }
  List &operator=(List other) {
    std::swap(items, other.items);
    std::swap(used, other.used);
    std::swap(room, other.room);
    return *this;
  }
  ~List() { delete[] items; }

  void push(T value) {
    if (used == room)
      grow();
    items[used++] = std::move(value);
  }
  T &operator[](std::size_t k) { return items[k]; }
  const T &operator[](std::size_t k) const { return items[k]; }
  std::size_t size() const { return used; }
  T *begin() { return items; }
  T *end() { return items + used; }
  const T *begin() const { return items; }
  const T *end() const { return items + used; }

  template <typename Predicate> std::size_t removeIf(Predicate predicate) {
    std::size_t kept = 0;
    for (std::size_t k = 0; k < used; k++) {
      if (predicate(items[k]))
        continue;
      if (kept != k)
        items[kept] = std::move(items[k]);
      kept++;
    }
    std::size_t removed = used - kept;
    used = kept;
    return removed;
  }

private:
  T *items = nullptr;
  std::size_t used = 0, room = 0;

  void grow() {
    room = room ? room * 2 : 4;
    T *larger = new T[room];
    for (std::size_t k = 0; k < used; k++)
      larger[k] = std::move(items[k]);
    delete[] items;
    items = larger;
  }
};

template <typename Key> struct Hash;
template <> struct Hash<std::string> {
  std::uint32_t operator()(const std::string &text) const {
    std::uint32_t hash = 2166136261u;
    for (unsigned char c : text) {
      hash ^= c;
      hash *= 16777619u;
    }
    return hash;
  }
};
template <> struct Hash<int> {
  std::uint32_t operator()(int value) const { return static_cast<std::uint32_t>(value) * 2654435761u; }
};

template <typename Key, typename Value, std::size_t Buckets = 16> class Table {
public:
  Value *find(const Key &key) {
    for (auto &entry : bucket(key))
      if (entry.first == key)
        return &entry.second;
    return nullptr;
  }
  Value &at(const Key &key) {
    if (Value *found = find(key))
      return *found;
    auto &entries = bucket(key);
    entries.push({key, Value()});
    count++;
    return entries[entries.size() - 1].second;
  }
  bool erase(const Key &key) {
    std::size_t removed = bucket(key).removeIf([&](const auto &entry) { return entry.first == key; });
    count -= removed;
    return removed > 0;
  }
  std::size_t size() const { return count; }
  template <typename Visitor> void each(Visitor visit) const {
    for (const auto &entries : buckets)
      for (const auto &[key, value] : entries)
        visit(key, value);
  }

private:
  List<std::pair<Key, Value>> buckets[Buckets];
  std::size_t count = 0;
  List<std::pair<Key, Value>> &bucket(const Key &key) { return buckets[Hash<Key>()(key) % Buckets]; }
};

class Item {
public:
  virtual ~Item() {}
  virtual int price(int amount) const = 0;
  virtual const char *kind() const { return "item"; }
};

class Plain : public Item {
public:
  explicit Plain(int each) : each(each) {}
  int price(int amount) const override { return amount * each; }

protected:
  int each;
};

class Bulk : public Plain {
public:
  Bulk(int each, int from) : Plain(each), from(from) {}
  int price(int amount) const override {
    int full = Plain::price(amount);
    if (amount < from)
      return full;
    return full - full / 10;
  }
  const char *kind() const override { return "bulk"; }

private:
  int from;
};

class Gift : public Item {
public:
  int price(int) const override { return 0; }
  const char *kind() const override { return "gift"; }
};

static Item *makeItem(std::string_view name) {
  if (name.empty())
    return nullptr;
  if (name[0] == '*')
    return new Gift;
  if (name.size() > 5)
    return new Bulk(static_cast<int>(name.size()), 3);
  return new Plain(static_cast<int>(name.size()));
}

static std::optional<int> parseAmount(const char *text) {
  int value = 0;
  if (!*text)
    return std::nullopt;
  for (; *text; text++) {
    if (*text < '0' || *text > '9')
      return std::nullopt;
    value = value * 10 + (*text - '0');
    if (value > 9999)
      return std::nullopt;
  }
  return value;
}

template <typename Iterator, typename Less> void insertionSort(Iterator first, Iterator last, Less less) {
  if (first == last)
    return;
  for (Iterator next = first + 1; next != last; ++next) {
    auto value = std::move(*next);
    Iterator hole = next;
    while (hole != first && less(value, *(hole - 1))) {
      *hole = std::move(*(hole - 1));
      --hole;
    }
    *hole = std::move(value);
  }
}

template <typename T> static T clamp(T value, T low, T high) {
  if (value < low)
    return low;
  if (high < value)
    return high;
  return value;
}

template <unsigned N> static unsigned fibonacci() {
  if constexpr (N < 2)
    return N;
  else
    return fibonacci<N - 1>() + fibonacci<N - 2>();
}

int main() {
  Table<std::string, int> amounts;
  Table<int, int, 8> histogram;
  char word[64];
  std::string last;
  int wrong = 0;
  while (std::scanf("%63s", word) == 1) {
    if (auto amount = parseAmount(word)) {
      if (last.empty()) {
        wrong++;
        continue;
      }
      amounts.at(last) += clamp(*amount, 1, 50);
      histogram.at(*amount % 5)++;
    } else if (std::strcmp(word, "drop") == 0) {
      if (!amounts.erase(last))
        std::puts("nothing to drop");
    } else {
      last = word;
      amounts.at(last);
    }
  }
  List<std::pair<std::string, int>> sorted;
  amounts.each([&](const std::string &name, int amount) { sorted.push({name, amount}); });
  insertionSort(sorted.begin(), sorted.end(), [](const auto &a, const auto &b) {
    if (a.second != b.second)
      return a.second > b.second;
    return a.first < b.first;
  });
  int total = 0;
  for (const auto &[name, amount] : sorted) {
    Item *item = makeItem(name);
    if (!item)
      return 1;
    int price = item->price(amount);
    total += price;
    std::printf("%s %d %s %d\n", name.c_str(), amount, item->kind(), price);
    delete item;
  }
  std::vector<int> digits;
  histogram.each([&](int digit, int count) { digits.insert(digits.end(), count, digit); });
  std::sort(digits.begin(), digits.end(), [](int a, int b) { return b < a; });
  for (int digit : digits)
    std::printf("%d", digit);
  List<std::pair<std::string, int>> copy(sorted), moved;
  moved = std::move(copy);
  std::printf("\n%d %u %zu %d\n", total, fibonacci<7>(), moved.size(), wrong);
  return clamp(wrong, 0, 1);
}
