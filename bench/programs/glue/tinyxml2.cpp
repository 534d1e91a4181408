// TinyXML-2: parses a document, goes through its tree, and prints it.

extern "C" {
#include "program.h"
}

#include <cstring>

#include "tinyxml2.h"

namespace {

class Hasher : public tinyxml2::XMLVisitor {
 public:
  uint32_t hash = HASH_START;

  bool VisitEnter(const tinyxml2::XMLElement &element, const tinyxml2::XMLAttribute *attribute) override {
    hash = hash_byte(hash, static_cast<uint8_t>(element.Name()[0]));
    for (; attribute != nullptr; attribute = attribute->Next()) {
      hash = hash_byte(hash, static_cast<uint8_t>(attribute->Value()[0]));
    }
    return true;
  }

  bool Visit(const tinyxml2::XMLText &text) override {
    hash = hash_word(hash, static_cast<uint32_t>(strlen(text.Value())));
    return true;
  }
};

}  // namespace

extern "C" uint32_t bench_run(const uint8_t *data, size_t size) {
  tinyxml2::XMLDocument document;
  if (document.Parse(reinterpret_cast<const char *>(data), size) != tinyxml2::XML_SUCCESS) return 0;
  Hasher hasher;
  document.Accept(&hasher);
  tinyxml2::XMLPrinter printer(nullptr, true);
  document.Print(&printer);
  return hash_word(hasher.hash, static_cast<uint32_t>(printer.CStrSize()));
}
