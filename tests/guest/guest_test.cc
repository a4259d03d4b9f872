// Guests in the executor against the same sources compiled for this machine.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "isa/elf.h"
#include "isa/framing.h"
#include "vm/executor.h"

namespace zkvm {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPrograms = ZKVM_GUEST_PROGRAMS;
constexpr const char* kExamples = ZKVM_EXAMPLES;

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::span<const uint8_t> Bytes(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

struct Outcome {
  std::string output;
  uint32_t exit_code = 0;

  friend bool operator==(const Outcome&, const Outcome&) = default;
  friend void PrintTo(const Outcome& outcome, std::ostream* out) {
    *out << "exit " << outcome.exit_code << ": " << outcome.output.substr(0, 2000);
  }
};

struct GuestRun {
  ExecutionResult result;
  std::string errors;
  size_t image_words = 0;

  Outcome outcome() const {
    const auto bytes = JournalBytes(result.journal);
    EXPECT_TRUE(bytes.has_value()) << "the journal is not framed";
    if (result.fault) ADD_FAILURE() << result.fault->Message();
    return {bytes ? std::string(bytes->begin(), bytes->end()) : "", result.exit_code};
  }
};

GuestRun RunGuest(const std::string& name, const std::string& input = "",
                  uint64_t max_cycles = 100'000'000) {
  GuestRun run;
  const std::string file = ReadFile(fs::path(kPrograms) / (name + ".elf"));
  const auto loaded = LoadElf(Bytes(file));
  if (const auto* error = std::get_if<ElfError>(&loaded)) {
    ADD_FAILURE() << name << ": " << error->message;
    return run;
  }
  const Program& program = std::get<Program>(loaded);
  run.image_words = program.image.size();
  run.result = Execute(program, {.input = Bytes(input),
                                 .max_cycles = max_cycles,
                                 .on_stderr = [&](std::string_view s) { run.errors += s; }});
  return run;
}

Outcome RunNative(const std::string& name, const std::string& input) {
  const fs::path directory =
      fs::temp_directory_path() / ("zkvm-guest-test-" + std::to_string(getpid()));
  fs::create_directory(directory);
  const fs::path in = directory / "in";
  const fs::path out = directory / "out";
  std::ofstream(in, std::ios::binary) << input;
  std::ostringstream command;
  command << (fs::path(kPrograms) / name) << " < " << in << " > " << out << " 2> /dev/null";
  const int status = std::system(command.str().c_str());
  EXPECT_TRUE(WIFEXITED(status)) << name;
  const Outcome outcome{ReadFile(out), static_cast<uint32_t>(WEXITSTATUS(status))};
  fs::remove_all(directory);
  return outcome;
}

// Text with lines of many lengths, zero bytes and no final newline.
std::string SomeBytes(size_t size) {
  std::string bytes(size, 0);
  uint32_t state = static_cast<uint32_t>(size) + 1;
  for (char& byte : bytes) {
    state = state * 1664525 + 1013904223;
    byte = state >> 24 < 12 ? '\n' : static_cast<char>(state >> 16);
  }
  return bytes;
}

class SameAsNative : public testing::TestWithParam<const char*> {};

TEST_P(SameAsNative, WithoutInput) {
  EXPECT_EQ(RunGuest(GetParam()).outcome(), RunNative(GetParam(), ""));
}

INSTANTIATE_TEST_SUITE_P(Programs, SameAsNative,
                         testing::Values("hello", "minimal", "printf", "heap", "sort", "arithmetic",
                                         "containers", "format", "statics"));

TEST(Guest, Streams) {
  const std::string input = "3 10 -20 30 tail\na whole line\n\tx y\n" + SomeBytes(3000);
  for (const char* name : {"streams", "streams_fast"}) {
    EXPECT_EQ(RunGuest(name, input).outcome(), RunNative(name, input));
    EXPECT_EQ(RunGuest(name, "none").outcome(), RunNative(name, "none"));
  }
}

TEST(Guest, SmallProgramsAreSmall) {
  const GuestRun minimal = RunGuest("minimal");
  EXPECT_LT(minimal.result.cycles, 100);
  EXPECT_LT(minimal.image_words, 150);
  const GuestRun hello = RunGuest("hello");
  EXPECT_EQ(hello.outcome().output, "hello world\n");
  EXPECT_LT(hello.result.cycles, 500);
  EXPECT_LT(hello.image_words, 500);
}

TEST(Guest, EchoesInputOfEverySize) {
  for (const char mode : {'c', 'f', 'w', 'r', 'l', 'g'}) {
    for (const size_t size : {0, 1, 2, 3, 4, 5, 63, 1022, 1023, 1024, 1025, 4099, 70001}) {
      const std::string input = mode + SomeBytes(size);
      EXPECT_EQ(RunGuest("echo", input).outcome(), RunNative("echo", input))
          << mode << " of " << size;
    }
  }
  EXPECT_EQ(RunGuest("echo", "").outcome(), RunNative("echo", ""));
}

TEST(Guest, ReadsLargeInputInPlace) {
  const GuestRun run = RunGuest("echo", 'r' + SomeBytes(1'000'000));
  EXPECT_EQ(run.outcome().output.size(), 1'000'000 + std::string("\neof 0 error 0\n").size());
  // Blocks of 7001 bytes, so that every word is shifted into place twice and then published.
  EXPECT_LT(run.result.cycles, 4 * 1'000'000);
}

TEST(Guest, EndsAsTheProgramSays) {
  for (const char ending : {'r', 'e', 'q'}) {
    SCOPED_TRACE(ending);
    const GuestRun run = RunGuest("endings", std::string(1, ending));
    EXPECT_EQ(run.errors, "to stderr 1\n");
    EXPECT_EQ(run.result.panic, "");
    // _exit does not flush natively, where a guest's journal holds whatever was written.
    if (ending == 'q') {
      EXPECT_EQ(run.outcome(), (Outcome{"before\n", 9}));
    } else {
      EXPECT_EQ(run.outcome(), RunNative("endings", std::string(1, ending)));
    }
  }
}

TEST(Guest, AbnormalEndsHaveAReason) {
  const GuestRun abort = RunGuest("endings", "a");
  EXPECT_EQ(abort.outcome(), (Outcome{"before\n", 134}));
  EXPECT_EQ(abort.result.panic, "abort");

  const GuestRun assertion = RunGuest("endings", "A");
  EXPECT_EQ(assertion.outcome(), (Outcome{"before\n", 134}));
  EXPECT_NE(assertion.result.panic.find("endings.c:"), std::string::npos);
  EXPECT_NE(assertion.result.panic.find("the reason"), std::string::npos);

  EXPECT_EQ(RunGuest("endings", "s").outcome(), (Outcome{"before\n", 128 + 15}));

  const GuestRun journal = RunGuest("endings", "J");
  EXPECT_EQ(journal.result.exit_code, 134);
  EXPECT_NE(journal.result.panic.find("4194300"), std::string::npos);
}

TEST(Guest, WhatWouldThrowEndsWithAReason) {
  const std::vector<std::pair<char, const char*>> failures = {
      {'a', "out_of_range"},       {'s', "stoi: no conversion"}, {'r', "stoi: out of range"},
      {'v', "bad_variant_access"}, {'f', "bad_function_call"},   {'n', "out of memory"},
      {'l', "length_error"},       {'d', "dynamic_cast"},        {'t', "std::terminate"},
      {'i', "ios_base::failure"}};
  for (const auto& [failure, reason] : failures) {
    SCOPED_TRACE(failure);
    const GuestRun run = RunGuest("failures", std::string(1, failure));
    EXPECT_EQ(run.outcome(), (Outcome{"before\n", 134}));
    EXPECT_NE(run.result.panic.find(reason), std::string::npos) << run.result.panic;
  }
}

TEST(Guest, AccidentsAreFaults) {
  const std::vector<std::pair<char, FaultKind>> accidents = {{'n', FaultKind::kOutOfRange},
                                                             {'u', FaultKind::kMisaligned},
                                                             {'j', FaultKind::kBadJump},
                                                             {'S', FaultKind::kOutOfRange}};
  for (const auto& [ending, kind] : accidents) {
    SCOPED_TRACE(ending);
    const GuestRun run = RunGuest("endings", std::string(1, ending));
    ASSERT_TRUE(run.result.fault.has_value());
    EXPECT_EQ(run.result.fault->kind, kind);
  }
  EXPECT_NE(RunGuest("endings", "S").result.fault->where.find("Recurse"), std::string::npos);
}

TEST(Guest, HeapEndsWithoutAccident) {
  EXPECT_EQ(RunGuest("endings", "o").outcome(),
            (Outcome{"before\nNot enough space, more than 512 MiB: 1\nfirst\nlast\n", 0}));
}

TEST(Guest, MissingServicesFail) {
  EXPECT_EQ(
      RunGuest("endings", "f").outcome(),
      (Outcome{"before\nfopen 0\ntime 1\nclock 1\ngetenv 0\nfseek 0\nlseek 0\nfirst\nlast\n", 0}));
}

TEST(Guest, ModelsComputeTheSameNatively) {
  const GuestRun run = RunGuest("ml_operations");
  EXPECT_EQ(run.outcome(), RunNative("ml_operations", ""));
  EXPECT_GT(run.outcome().output.size(), 3000);
}

TEST(Guest, MisuseOfModelsHasAReason) {
  const std::vector<std::pair<char, const char*>> panics = {
      {'o', "is not in the model: declare it ZKVM_MODEL_OP"},
      {'j', "Joined: the tensors were not made one directly after the other"},
      {'c', "Concat: the second tensor was not made directly after the first"},
      {'r', "Rows: outside the tensor"},
      {'s', "Segment: outside the tensor"},
      {'a', "Assign: not as many values"},
      {'b', "an index is outside the tensor"},
      {'h', "OneHot: an index is out of range"}};
  for (const auto& [misuse, reason] : panics) {
    SCOPED_TRACE(misuse);
    const GuestRun run = RunGuest("ml_failures", std::string(1, misuse));
    EXPECT_EQ(run.outcome(), (Outcome{"before\n", 134}));
    EXPECT_NE(run.result.panic.find(reason), std::string::npos) << run.result.panic;
  }
  // A tensor that was never made, and a constant of the model read as memory.
  for (const auto& [misuse, kind] : std::vector<std::pair<char, FaultKind>>{
           {'u', FaultKind::kBadTensor}, {'w', FaultKind::kOutOfRange}}) {
    SCOPED_TRACE(misuse);
    const GuestRun run = RunGuest("ml_failures", std::string(1, misuse));
    ASSERT_TRUE(run.result.fault.has_value());
    EXPECT_EQ(run.result.fault->kind, kind) << run.result.fault->Message();
  }
}

// tests/precompiles/hash compares the native classes with known digests.
TEST(Guest, HashesAsNatively) {
  for (const size_t size : {0, 1, 63, 64, 1000, 5000}) {
    const std::string input = SomeBytes(size);
    const GuestRun run = RunGuest("hashes", input);
    EXPECT_EQ(run.outcome(), RunNative("hashes", input)) << size;
    ASSERT_EQ(run.result.markers.size(), 2);
    if (size < 5000) continue;
    EXPECT_LT(run.result.markers[0].cycles, 16 * size / 64) << "sha256";
    EXPECT_LT(run.result.markers[1].cycles, 40 * size / 64) << "blake3";
  }
}

TEST(Guest, HeaderWorksInGuestAndNatively) {
  const std::string header("\x05\0\0\0\x03\0\0\0", 8);
  const std::string input = header + SomeBytes(1001);
  const GuestRun run = RunGuest("guest_api", input);
  EXPECT_EQ(run.outcome(), RunNative("guest_api", input));
  ASSERT_EQ(run.result.markers.size(), 1);
  EXPECT_EQ(run.result.markers[0].name, "sum");
  EXPECT_GT(run.result.markers[0].cycles, 1000);

  EXPECT_EQ(RunGuest("guest_api", "short").result.panic, "the private input is too short");
  EXPECT_EQ(RunGuest("guest_api", std::string("\0\0\0\0\0\0\1\0", 8)).result.panic, "flag 1");

  EXPECT_EQ(RunGuest("guest_api_c", input).outcome(), RunNative("guest_api_c", input));
  const GuestRun panic = RunGuest("guest_api_c", "panic");
  EXPECT_EQ(panic.result.panic, "as asked");
  EXPECT_EQ(panic.outcome(), RunNative("guest_api_c", "panic"));
}

TEST(Examples, SameAsNative) {
  const std::string document =
      "/accounts/1/balance\n"
      R"({"bank": "Ünion", "accounts": [{"balance": 1e3}, {"balance": -12.5, "open": true}]})";
  for (const auto& [name, input] : std::vector<std::pair<std::string, std::string>>{
           {"fibonacci", "1000"},
           {"fibonacci", "many"},
           {"sha256", ""},
           {"sha256", SomeBytes(119)},
           {"sha256", SomeBytes(1000)},
           {"json", document},
           {"json", "/accounts\n[1,2"},
           {"json", "/a~1b/3\n{\"a/b\":[0,1,2,{\"x\":null}]}"},
           {"json", "/none\n{}"},
           {"digits", "P5 0 0"}}) {
    EXPECT_EQ(RunGuest(name, input).outcome(), RunNative(name, input)) << name << ": " << input;
  }
}

TEST(Examples, DigitsAreRecognised) {
  for (const char* name : {"digits", "cnn", "attention"}) {
    for (int digit = 0; digit < 10; ++digit) {
      SCOPED_TRACE(testing::Message() << name << " of " << digit);
      const std::string image =
          ReadFile(fs::path(kExamples) / "digits/images" / (std::to_string(digit) + ".pgm"));
      const Outcome outcome = RunGuest(name, image).outcome();
      EXPECT_EQ(outcome, (Outcome{"digit " + std::to_string(digit) + "\n", 0}));
      EXPECT_EQ(outcome, RunNative(name, image));
    }
  }
}

TEST(Examples, DigitsTakesPlainAndInvertedImages) {
  const fs::path path = fs::path(kExamples) / "digits/images/3.pgm";
  const std::string raw = ReadFile(path);
  std::string plain = "P2 # the same in decimal, and dark on bright\n32 32\n255\n";
  for (size_t i = raw.size() - 32 * 32; i < raw.size(); ++i) {
    plain += std::to_string(255 - static_cast<uint8_t>(raw[i])) + "\n";
  }
  EXPECT_EQ(RunGuest("digits", plain).outcome(), (Outcome{"digit 3\n", 0}));
}

}  // namespace
}  // namespace zkvm
