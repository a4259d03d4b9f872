// The importer on thousands of fixed mutations of valid models: of their bytes, and of what they
// say (sizes, operators, names, attributes), which gets further.
#include <gtest/gtest.h>

#include <cstdint>
#include <iterator>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tests/compiler/onnx/models.h"
#include "tests/fuzz/mutator.h"
#include "tests/fuzz/onnx_entry.h"

namespace zkvm {
namespace {

using compiler::BytesOf;
using compiler::Model;

const char* const kSeeds[] = {
    R"(g (float[1, 2, 6, 6] x) => (float[A, B] y) <float[2, 2, 3, 3] w = {1,2,3,4,5,6,7,8,9,1,2,3,4,
         5,6,7,8,9,1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7,8,9}, float[2] s = {1, 2}> {
      pads = Constant <value = int64[8] {0, 0, 1, 1, 0, 0, 1, 1}> ()
      p = Pad <mode = "constant"> (x, pads)
      c = Conv <kernel_shape = [3, 3], strides = [1, 2]> (p, w)
      n = BatchNormalization <epsilon = 0.01> (c, s, s, s, s)
      r = Relu (n)
      m = MaxPool <kernel_shape = [2, 2]> (r)
      shape = Shape (m)
      zero = Constant <value = int64 {0}> ()
      b = Gather <axis = 0> (shape, zero)
      axes = Constant <value = int64[1] {0}> ()
      d = Unsqueeze (b, axes)
      rest = Constant <value_ints = [-1]> ()
      all = Concat <axis = 0> (d, rest)
      y = Reshape (m, all)
    })",
    R"(g (float[3, 4] x, bool c) => (float[A, B] y, float[C, D, E] s) {
      m = Constant <value = int64 {3}> ()
      t, s = Loop (m, c, x) <
        body = b (int64 i, bool run, float[3, 4] v) => (bool again, float[3, 4] w, float[3, 4] o) {
          again = Identity (run)
          f = Cast <to = 1> (i)
          w = Add (v, f)
          o = Softmax <axis = -1> (w)
        }
      >
      y = If (c) <
        then_branch = p () => (float[4, 3] a) { a = Transpose <perm = [1, 0]> (t) },
        else_branch = q () => (float[4, 3] a) { z = Neg (t) a = Transpose (z) }
      >
    })",
    R"(<ir_version: 8, opset_import: ["" : 17, "local" : 1]>
    g (float[2, 6] x) => (float[A] y, float[B, C] z, float[D, E] h) {
      two = Constant <value = int64 {2}> ()
      s = SplitToSequence <axis = 1> (x, two)
      zero = Constant <value = int64 {0}> ()
      e = SequenceAt (s, zero)
      u = local.f <k = 1> (e)
      from = Constant <value_ints = [0, 1]> ()
      to = Constant <value_ints = [2, 9]> ()
      h = Slice (u, from, to)
      one = Constant <value_ints = [-1]> ()
      y = ReduceSum <keepdims = 0> (u, one)
      z = Gemm <transB = 1, alpha = 0.5> (x, x)
    }
    <domain: "local", opset_import: ["" : 17]>
    f <k> (a) => (b) { b = LogSoftmax <axis : int = @k> (a) })",
    R"(g (float[4, 1, 3] x) => (float[A, B, C, D] y, float[E, F] p, int64[G, H] i, float[I, J] e) <
        float[1, 8, 3] w = {1,2,3,4,5,6,7,8,1,2,3,4,5,6,7,8,1,2,3,4,5,6,7,8},
        float[1, 8, 2] r = {1,2,3,4,5,6,7,8,1,2,3,4,5,6,7,8}, int64[1] k = {2}> {
      y = LSTM <hidden_size = 2> (x, w, r)
      two = Constant <value_ints = [1]> ()
      e = Squeeze (x, two)
      p, i = TopK <axis = -1> (e, k)
    })",
};

std::vector<onnx::ModelProto> Seeds() {
  std::vector<onnx::ModelProto> models;
  for (const char* text : kSeeds) models.push_back(Model(text));
  return models;
}

int64_t Number(std::mt19937& random) {
  constexpr int64_t kNumbers[] = {0,
                                  1,
                                  -1,
                                  2,
                                  3,
                                  7,
                                  64,
                                  -2,
                                  1 << 20,
                                  int64_t{1} << 32,
                                  int64_t{1} << 62,
                                  std::numeric_limits<int64_t>::max(),
                                  std::numeric_limits<int64_t>::min()};
  return kNumbers[random() % std::size(kNumbers)];
}

// Another value for one field of the message, chosen among those that are set; messages within are
// entered.
void MutateField(std::mt19937& random, google::protobuf::Message& message) {
  using google::protobuf::FieldDescriptor;
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  if (fields.empty()) return;
  const FieldDescriptor* field = fields[random() % fields.size()];
  if (field->is_repeated()) {
    const int size = reflection.FieldSize(message, field);
    const int i = static_cast<int>(random() % static_cast<uint32_t>(size));
    const uint32_t what = random() % 16;
    if (what == 0) return reflection.RemoveLast(&message, field);
    if (what == 1) return reflection.SwapElements(&message, field, i, 0);
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        if (what == 2) {
          reflection.AddMessage(&message, field)
              ->CopyFrom(reflection.GetRepeatedMessage(message, field, i));
          return;
        }
        return MutateField(random, *reflection.MutableRepeatedMessage(&message, field, i));
      case FieldDescriptor::CPPTYPE_INT64:
        if (what == 2) return reflection.AddInt64(&message, field, Number(random));
        return reflection.SetRepeatedInt64(&message, field, i, Number(random));
      case FieldDescriptor::CPPTYPE_INT32:
        return reflection.SetRepeatedInt32(&message, field, i,
                                           static_cast<int32_t>(Number(random)));
      case FieldDescriptor::CPPTYPE_STRING: {
        const int other = static_cast<int>(random() % static_cast<uint32_t>(size));
        const std::string text =
            what == 2 ? "" : reflection.GetRepeatedString(message, field, other);
        return reflection.SetRepeatedString(&message, field, i, text);
      }
      default:
        return;
    }
  }
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (random() % 16 == 0) return reflection.ClearField(&message, field);
      return MutateField(random, *reflection.MutableMessage(&message, field));
    case FieldDescriptor::CPPTYPE_INT64:
      return reflection.SetInt64(&message, field, Number(random));
    case FieldDescriptor::CPPTYPE_INT32:
      return reflection.SetInt32(&message, field, static_cast<int32_t>(random() % 18));
    case FieldDescriptor::CPPTYPE_STRING: {
      constexpr const char* kNames[] = {
          "Add",   "Conv",  "Reshape", "Concat", "Loop",  "Gather", "If",     "x",
          "y",     "",      "Expand",  "Tile",   "Split", "Pad",    "MatMul", "ConstantOfShape",
          "Range", "Resize"};
      return reflection.SetString(&message, field, kNames[random() % std::size(kNames)]);
    }
    default:
      return reflection.ClearField(&message, field);
  }
}

TEST(OnnxMutations, Bytes) {
  std::mt19937 random(1);
  for (const onnx::ModelProto& model : Seeds()) {
    const std::vector<uint8_t> good = BytesOf(model);
    for (int i = 0; i < 500; ++i) {
      std::vector<uint8_t> bytes = good;
      for (size_t n = random() % 3 + 1; n != 0; --n) Mutate(random, bytes);
      TryOnnx(bytes);
    }
    for (size_t size = 0; size < good.size(); size += 7) TryOnnx(std::span(good).first(size));
  }
}

TEST(OnnxMutations, Fields) {
  std::mt19937 random(2);
  size_t imported = 0, refused = 0;
  for (const onnx::ModelProto& model : Seeds()) {
    ASSERT_TRUE(TryOnnx(BytesOf(model))) << model.graph().node(0).op_type();
    for (int i = 0; i < 1000; ++i) {
      onnx::ModelProto mutated = model;
      for (size_t n = random() % 3 + 1; n != 0; --n) {
        MutateField(random, *mutated.mutable_graph());
      }
      ++(TryOnnx(BytesOf(mutated)) ? imported : refused);
    }
  }
  // Both ways are taken often.
  EXPECT_GT(imported, 400u);
  EXPECT_GT(refused, 400u);
}

}  // namespace
}  // namespace zkvm
