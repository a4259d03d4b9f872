// The Itanium C++ ABI's run-time support without exceptions: pure virtual calls, type information
// and dynamic_cast (sections 2.9.5 and 2.9.7 of the ABI).

#include <cstddef>
#include <cstdint>
#include <typeinfo>

#include "guest-sdk/runtime/output.h"

namespace __cxxabiv1 {
namespace {

[[noreturn]] void PureCall() {
  static constexpr char kMessage[] = "pure virtual function called";
  zkvm::guest::Panic(kMessage, sizeof(kMessage) - 1);
}

}  // namespace

// The classes the compiler's type descriptors are instances of. Their destructors are the key
// functions: the vtables, and with __fundamental_type_info the descriptors of the built-in types,
// are emitted here.
class __fundamental_type_info : public std::type_info {
 public:
  ~__fundamental_type_info() override;
};
class __array_type_info : public std::type_info {
 public:
  ~__array_type_info() override;
};
class __function_type_info : public std::type_info {
 public:
  ~__function_type_info() override;
};
class __enum_type_info : public std::type_info {
 public:
  ~__enum_type_info() override;
};
class __pointer_type_info : public std::type_info {
 public:
  ~__pointer_type_info() override;
};
class __pointer_to_member_type_info : public std::type_info {
 public:
  ~__pointer_to_member_type_info() override;
};

namespace {

struct CastSearch;

}  // namespace

class __class_type_info : public std::type_info {
 public:
  ~__class_type_info() override;

  // Visits the bases of the subobject of this type at `object`.
  virtual void VisitBases(CastSearch& search, const char* object, bool is_public,
                          const char* target) const;
};

class __si_class_type_info : public __class_type_info {
 public:
  ~__si_class_type_info() override;
  void VisitBases(CastSearch& search, const char* object, bool is_public,
                  const char* target) const override;

 private:
  const __class_type_info* base_;
};

class __vmi_class_type_info : public __class_type_info {
 public:
  ~__vmi_class_type_info() override;
  void VisitBases(CastSearch& search, const char* object, bool is_public,
                  const char* target) const override;

 private:
  struct Base {
    const __class_type_info* type;
    long offset_flags;  // 1: virtual, 2: public; the offset, or its place in the vtable, above 8
  };
  [[maybe_unused]] unsigned flags_;
  unsigned count_;
  Base bases_[1];
};

namespace {

// A walk over all subobjects of a complete object. Two different pointers in one category make it
// ambiguous.
struct CastSearch {
  struct Found {
    const char* object = nullptr;
    bool ambiguous = false;
    bool is_public = false;

    void Add(const char* candidate, bool publicly) {
      if (object != nullptr && object != candidate) ambiguous = true;
      if (object == candidate) publicly = publicly || is_public;
      object = candidate;
      is_public = publicly;
    }
  };

  const char* source;
  const std::type_info* source_type;
  const std::type_info* target_type;
  Found down = {};   // objects of the target type of which the source is a public base
  Found cross = {};  // all objects of the target type
  bool source_is_public = false;

  // `target` is the object of the target type around this one, if reached by public bases only.
  void Visit(const __class_type_info* type, const char* object, bool is_public,
             const char* target) {
    if (*type == *target_type) {
      cross.Add(object, is_public);
      target = object;
    }
    if (*type == *source_type && object == source) {
      if (target != nullptr) down.Add(target, true);
      if (is_public) source_is_public = true;
    }
    type->VisitBases(*this, object, is_public, target);
  }
};

}  // namespace

__fundamental_type_info::~__fundamental_type_info() = default;
__array_type_info::~__array_type_info() = default;
__function_type_info::~__function_type_info() = default;
__enum_type_info::~__enum_type_info() = default;
__pointer_type_info::~__pointer_type_info() = default;
__pointer_to_member_type_info::~__pointer_to_member_type_info() = default;
__class_type_info::~__class_type_info() = default;
__si_class_type_info::~__si_class_type_info() = default;
__vmi_class_type_info::~__vmi_class_type_info() = default;

void __class_type_info::VisitBases(CastSearch&, const char*, bool, const char*) const {}

void __si_class_type_info::VisitBases(CastSearch& search, const char* object, bool is_public,
                                      const char* target) const {
  search.Visit(base_, object, is_public, target);
}

void __vmi_class_type_info::VisitBases(CastSearch& search, const char* object, bool is_public,
                                       const char* target) const {
  for (unsigned i = 0; i < count_; ++i) {
    const Base& base = bases_[i];
    const bool base_is_virtual = (base.offset_flags & 1) != 0;
    const bool base_is_public = (base.offset_flags & 2) != 0;
    ptrdiff_t offset = base.offset_flags >> 8;
    if (base_is_virtual) {
      const char* const vtable = *reinterpret_cast<const char* const*>(object);
      offset = *reinterpret_cast<const ptrdiff_t*>(vtable + offset);
    }
    search.Visit(base.type, object + offset, is_public && base_is_public,
                 base_is_public ? target : nullptr);
  }
}

extern "C" {

void __cxa_pure_virtual() { PureCall(); }
void __cxa_deleted_virtual() { PureCall(); }

[[noreturn]] void __cxa_bad_cast() {
  static constexpr char kMessage[] = "dynamic_cast of a reference failed";
  zkvm::guest::Panic(kMessage, sizeof(kMessage) - 1);
}

[[noreturn]] void __cxa_bad_typeid() {
  static constexpr char kMessage[] = "typeid of a null pointer";
  zkvm::guest::Panic(kMessage, sizeof(kMessage) - 1);
}

[[noreturn]] void __cxa_throw_bad_array_new_length() {
  static constexpr char kMessage[] = "bad array length";
  zkvm::guest::Panic(kMessage, sizeof(kMessage) - 1);
}

// `source` points to a polymorphic object of static type source_type. The hint is not needed.
void* __dynamic_cast(const void* source, const __class_type_info* source_type,
                     const __class_type_info* target_type, ptrdiff_t) {
  // In front of the vtable: the offset to the complete object, and its type.
  const void* const* const vtable = *static_cast<const void* const* const*>(source);
  const char* const object =
      static_cast<const char*>(source) + reinterpret_cast<ptrdiff_t>(vtable[-2]);
  const auto* const type = static_cast<const __class_type_info*>(vtable[-1]);

  CastSearch search{.source = static_cast<const char*>(source),
                    .source_type = source_type,
                    .target_type = target_type};
  search.Visit(type, object, true, nullptr);
  const CastSearch::Found* found = nullptr;
  if (search.down.object != nullptr) {
    found = &search.down;
  } else if (search.source_is_public && search.cross.is_public) {
    found = &search.cross;
  }
  if (found == nullptr || found->ambiguous) return nullptr;
  return const_cast<char*>(found->object);
}
}

}  // namespace __cxxabiv1

std::type_info::~type_info() {}
