// Which test stands against which attack: the list of protocol.md, section 13, and the catalogue of
// published bugs of other zero-knowledge machines. The test checks that every test named here
// exists; "Forgery.X" is a forged trace of tests/vm, judged by BoundaryForgeryTest.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace zkvm {
namespace {

struct Entry {
  std::string_view number;
  std::string_view attack;
  std::vector<std::string_view> tests;
  std::string_view not_covered = "";  // what of it does not apply, and why
};

constexpr std::string_view kNoPrecompiles = "there are no precompiles yet";
constexpr std::string_view kNoShards = "an execution is one proof: no shards, no recursion";
constexpr std::string_view kNoZk = "there is no zero-knowledge mode yet";

const std::vector<Entry> kSection13 = {
    {"1",
     "padding row that is not inert",
     {"Attack.No01_PaddingRowThatIsNotInert", "ImmediateAttack.No01_ImmediateOnAPaddingRow",
      "Mutation.OfAPaddingRowIsRefusedOrInert", "Forgery.RefreshOnPaddingMovesTime",
      "Forgery.NoteOnPaddingMovesTime", "Forgery.HaltOnPaddingRestartsTheClock",
      "Forgery.HintOnPaddingWritesLow", "Forgery.ZeroPaddingTurnsTimeBack"}},
    {"2",
     "flags that are not boolean, or two at once",
     {"Attack.No02_FlagsThatAreNotBooleanOrNotAlone", "HintFlagsTest.AreBoolean",
      "Forgery.RefreshUndoneByANegativeOne", "Forgery.NoteUndoneByANegativeOne",
      "Forgery.ZeroRowWithFlagTwo"}},
    {"3",
     "refreshes, or padding, that walk around the field",
     {"Forgery.RefreshesWalkAroundTheField", "Forgery.PaddingWalksAroundTheField"}},
    {"4",
     "state chain: loops, exchanged instructions, other start, after the end",
     {"Forgery.StateLoopBesideTheProgram", "Forgery.TwoInstructionsSwapped",
      "Forgery.ExecutionStartsElsewhere", "Forgery.ExecutionStartsAtAnotherTime",
      "Forgery.InstructionAfterHalt", "Forgery.SecondHalt", "Forgery.HaltWhereTheProgramHasNone"},
     "there is no pc that means halt"},
    {"5",
     "one register, two values; reading what is about to be written",
     {"RegisterAttack.No05_TwoValuesOfOneRegister", "RegisterAttack.No05_OperandReadAfterTheWrite",
      "Forgery.HaltReadsItself"}},
    {"6",
     "time gaps out of range",
     {"Attack.No06_RegisterTimeGapOutOfRange", "MemoryAttack.No06_TimeGapOutOfRange"}},
    {"7",
     "addresses and jump targets",
     {"AddressAttack.No07_CarryOfTheAddress", "AddressAttack.No07_NegativeAddress",
      "MemoryAttack.No07_MisalignedAddress", "MemoryAttack.No07_AddressThatWrapsModP",
      "JalrAttack.No07_TargetThatIsNoPc", "CheckProgramTest.NamesTheField"}},
    {"8",
     "branches on words that are equal mod p only",
     {"BranchAttack.No08_WordsThatDifferByMultiplesOfP",
      "BranchAttack.No08_EqualWordsSaidToDiffer"}},
    {"9",
     "sums that are right mod p only, carries",
     {"AddAttack.No09_SumThatIsRightModP", "AddAttack.No09_CarriesThatAreNotBoolean",
      "AddAttack.No09_SubThroughTheCarriesOfAdd"}},
    {"10",
     "shifts",
     {"ShiftAttack.No10_AmountOfSixteen", "ShiftAttack.No10_SplitOfTheOtherDirection",
      "ShiftAttack.No10_LowPartTooLarge", "ShiftAttack.No10_ScaledRangeCheckWouldPass",
      "ShiftAttack.No10_SignOnSrl"}},
    {"11",
     "comparisons",
     {"CompareAttack.No11_SignThatIsNotBoolean", "CompareAttack.No11_SignOfAnUnsignedWord"}},
    {"12",
     "parts of words",
     {"PartAttack.No12_SignOfLbu", "PartAttack.No12_SignOfLhu", "PartAttack.No12_AnotherByteOrLimb",
      "PartAttack.No12_NeighbourOfAStoredByte", "PartAttack.No12_HalfAtAnOddByte"}},
    {"13",
     "products",
     {"MulAttack.No13_CompensatingCarry", "MulAttack.No13_LiftOfThree",
      "MulAttack.No13_SignOfMulhu", "MulAttack.No13_PaddingRowWithAFalseProduct"}},
    {"14",
     "divisions",
     {"DivAttack.No14_RemainderNotBelowDivisor", "DivAttack.No14_ZeroDivisorFlag",
      "DivAttack.No14_OverflowWithAnotherOutput", "DivAttack.No14_SignOfTheQuotient",
      "ProveTest.DivisionCorners"}},
    {"15",
     "zero-initialised memory",
     {"Forgery.ZeroRowInsideTheImageByAnotherBase",
      "Forgery.ZeroRowInsideTheImageByANegativeOffset",
      "Forgery.ZeroRowInsideTheImageByAnOffsetAboveTheField",
      "Forgery.ZeroRowAfterPaddingRepeatsAnAddress", "Forgery.ZeroRowsDescend",
      "Forgery.ZeroRowsFallInTheHighHalf", "Forgery.ZeroRowsStandStillByASharedHighOfMinusOne",
      "Forgery.ZeroPaddingTurnsTimeBack"},
     "the initial value and time are constants, not columns"},
    {"16",
     "memory never written, final tuples",
     {"Forgery.UntouchedWordReadAsNonzero", "Forgery.FinalTupleDropped",
      "Forgery.ImageWordEndsAsItWasNot"}},
    {"17",
     "hint blocks",
     {"Forgery.HintBlockStopsBeforeItsCountDoes", "Forgery.HintBlockRunsOneWordLonger",
      "Forgery.HintWordAtAnotherTime", "Forgery.HintSecondWordElsewhere",
      "Forgery.HintSecondRowIsANegativeCall", "Forgery.HintBlockCutByTheEndOfTheTable",
      "Forgery.HintTableBeginsInsideABlock", "Forgery.HintBlockAbandoned",
      "Forgery.HintCountAboveTheField", "FaultTest.BadHints", "EcallTest.InputComesInAnyPortions"}},
    {"18",
     "journal",
     {"Forgery.JournalWordSentTwice", "Forgery.JournalIndexSkipped",
      "Forgery.JournalCounterRewritten", "StatementTest.BindsEveryJournalWord",
      "StatementTest.BindsTheLengthOfTheJournal", "FramingTest.RefusesPaddingThatIsNotZero"}},
    {"19",
     "exit code, program and preset of another proof",
     {"StatementTest.BindsTheExitCode", "StatementTest.BindsTheProgram",
      "StatementTest.BindsThePreset", "ProofMutation.No19_EveryFieldOfTheKey",
      "Forgery.ExitCodeChanged"},
     "there are no models yet"},
    {"20", "precompile calls", {"HashForgeries.No20_CallsHaveOneAnswer"}},
    {"21",
     "writing x0, register numbers",
     {"Attack.No21_RegisterOfAnotherNumber", "CheckProgramTest.NamesTheField"}},
    {"22",
     "multiplicities that wrap",
     {"HeightsTest.No22_MultiplicitiesCannotWrap", "HeightsTest.No22_ExactBusesCountBothSides",
      "HeightsTest.No22_TimedRowsAreBounded", "HeightsTest.No22_WithoutTheBoundAFalseMessageIsFree",
      "ProofMutation.No22_AllHeightsAtTheirMost",
      "MachineTest.LongestProofKeepsMultiplicitiesBelowP"}},
    {"23",
     "accumulators and totals",
     {"EngineAttack.No23_AccumulatorsThatDoNotStartAtZero",
      "EngineAttack.No23_ProductsThatDoNotStartAtOne",
      "EngineAttack.No23_TotalsShiftedBetweenTables", "EngineAttack.No23_TotalsThatDoNotBalance"},
     "there are no mask columns without zero knowledge"},
    {"24",
     "tail rows; violations in one row only",
     {"EngineAttack.No24_GarbageInTheTailIsAccepted",
      "EngineAttack.No24_ViolationInTheFirstRowOnly",
      "EngineAttack.No24_ViolationInTheLastActiveRowOnly",
      "EngineAttack.No24_ViolationInAPaddingRowOnly",
      "BoundaryTest.GarbageInTheTerminalRowChangesNothing"}},
    {"25",
     "every field of the proof; every absorbed message",
     {"ProofMutation.No25_EveryRegionMatters",
      "ProofMutation.No25_EveryByteOfTheShortSectionsMatters",
      "EngineAttack.No25_EveryMessageIsAbsorbed", "EngineAttack.No25_EveryParameterIsAbsorbed",
      "Transcript.EveryDifferenceChangesTheState"}},
    {"26",
     "final polynomial, leaves, digests, rows, indices",
     {"EngineAttack.No26_AnotherFinalPolynomial",
      "EngineAttack.No26_LayerAlteredInATenthOfItsPlaces", "ProofMutation.No26_ExchangedDigests",
      "ProofMutation.No26_MissingAndSurplusBytes",
      "MerkleOpening.MissingSurplusAndExchangedDigestsAreRejected",
      "MerkleOpening.ExchangedTablesOfOneHeightAreRejected",
      "MerkleOpening.RowsOfShortTablesAtOtherIndicesAreRejected",
      "MerkleOpening.DuplicatesAndOrderDoNotMatter"}},
    {"27",
     "other encodings, nonces, presets, heights",
     {"ProofMutation.No27_WordsThatAreNotCanonical", "ProofMutation.No27_NoncesWithoutWorkAreZero",
      "ProofMutation.No27_QueryNonceWithoutWork", "EngineAttack.No27_EveryNonceIsChecked",
      "ProofMutation.No27_Presets", "ProofMutation.No27_HeightsOutOfBounds",
      "HeightsTest.No27_OutOfBounds", "HeightsTest.No27_MandatoryTableAbsent"}},
    {"28",
     "words that are no polynomials of their degree",
     {"EngineAttack.No28_ColumnsOfTooHighDegree", "EngineAttack.No28_WordFarFromAllPolynomials",
      "EngineAttack.No28_RandomWordInEveryLayer",
      "MerkleOpening.RowsOfShortTablesAtOtherIndicesAreRejected"}},
    {"29",
     "quotients and openings",
     {"EngineAttack.No29_ChunkOfTooHighDegree", "EngineAttack.No29_OpeningOfTheQuotientMadeToFit",
      "EngineAttack.No29_OpeningOfAColumnThatIsNotItsValue",
      "EngineAttack.No29_AnotherOpeningPoint", "Prover.ForgedTracesAreRejected"}},
    {"30", "zero knowledge", {}, kNoZk},
    {"31",
     "fuzzing, bounded memory",
     {"MutationsTest.Proof", "MutationsTest.Key", "MutationsTest.Elf",
      "MutationsTest.HeaderAndHeights", "MutationsTest.ClaimedJournalIsNotAllocated"}},
    {"32",
     "every constraint and lookup is needed",
     {"Deletion.OfAConstraintAdmitsAForgery", "Deletion.OfALookupAdmitsAForgery",
      "BoundaryTest.EveryStatementIsNeeded"}},
    {"33",
     "every cell matters, or stands on a list",
     {"Mutation.OfOneCellIsRefusedOrLawful", "Mutation.OfAFreeCellChangesNothing",
      "BoundaryTest.EveryCellMatters", "ForgedTrace.No33_EveryCellOfEveryKindOfRow",
      "ForgedTrace.CheckerAndVerifierAgree"}},
    {"34",
     "executor against an emulator; key from the program",
     {"DifferentialTest.RandomProgramsAgreeWithTheEmulator",
      "ProveTest.KeysAreAFunctionOfTheProgram", "InstructionTest.Divide"},
     "of the official architecture tests the cases are in InstructionTest, not the suite"},
    {"35", "one output for every input, with small limbs", {"SmallLimbs.LeaveOneResult"}},
};

// Numbers, and the order, of the survey.
const std::vector<Entry> kPublishedBugs = {
    {"1, 58", "sums of lookups not absorbed", {"EngineAttack.No25_EveryMessageIsAbsorbed"}},
    {"2, 35", "hints that are not canonical", {"Forgery.HintWordOutOfRangeHigh"}},
    {"3, 52, 63",
     "tables permuted, dropped, of other widths",
     {"HeightsTest.No27_MandatoryTableAbsent",
      "MerkleOpening.ExchangedTablesOfOneHeightAreRejected",
      "MerkleOpening.AnotherShapeIsRejected"},
     "the order of tables is the machine's"},
    {"4, 10, 48",
     "roots and keys unchecked",
     {"ProofMutation.No19_EveryFieldOfTheKey", "KeyTest.EveryBitIsRejectedOrChangesTheId"}},
    {"5, 41, 71",
     "row counts not bound",
     {"ProofMutation.No27_HeightsOutOfBounds", "HeightsTest.No22_TimedRowsAreBounded"}},
    {"6, 30, 37h, 43",
     "flags not boolean, padding that acts",
     {"Attack.No01_PaddingRowThatIsNotInert", "Attack.No02_FlagsThatAreNotBooleanOrNotAlone"}},
    {"7, 21, 43",
     "outputs and operands unbound",
     {"ForgedTrace.No33_EveryCellOfEveryKindOfRow", "RegisterAttack.No05_TwoValuesOfOneRegister"}},
    {"8, 42, 51",
     "pc and clock",
     {"Forgery.ExecutionStartsElsewhere", "Forgery.ExecutionStartsAtAnotherTime",
      "Forgery.TwoInstructionsSwapped", "Forgery.InstructionAfterHalt"}},
    {"9, 37a, 62",
     "buses that can stand for each other",
     {"MachineIdTest.IsTheHashOfTheConstraints"},
     "the bus id is an element of every message; widths are checked when a machine is built"},
    {"11", "sums of tables without messages", {}, "they have no sum in the proof"},
    {"12, 36", "exit codes of parts", {"StatementTest.BindsTheExitCode"}, kNoShards},
    {"13",
     "first and last rows confused",
     {"EngineAttack.No24_ViolationInTheFirstRowOnly",
      "EngineAttack.No24_ViolationInTheLastActiveRowOnly"}},
    {"14, 54, 64",
     "transcript overwritten or ambiguous",
     {"Transcript.EveryDifferenceChangesTheState", "EngineAttack.No25_EveryParameterIsAbsorbed"}},
    {"15, 29, 37e, 43",
     "an address initialised twice",
     {"Forgery.ZeroRowAfterPaddingRepeatsAnAddress", "Forgery.ZeroRowsDescend",
      "Forgery.ZeroRowInsideTheImageByAnOffsetAboveTheField"}},
    {"16, 20, 31, 32",
     "operations of several rows broken in the middle or by the end",
     {"Forgery.HintBlockAbandoned", "Forgery.HintBlockCutByTheEndOfTheTable",
      "Forgery.HintSecondWordElsewhere", "RoundsTest.FlagsAllowOneOrder"}},
    {"17, 22, 45",
     "divisions",
     {"DivAttack.No14_RemainderNotBelowDivisor", "DivAttack.No14_OverflowWithAnotherOutput",
      "SmallLimbs.LeaveOneResult"}},
    {"18, 40",
     "instructions that are executed wrongly",
     {"DifferentialTest.RandomProgramsAgreeWithTheEmulator",
      "InstructionTest.JumpsLinkAndClearTheLowestBit", "FaultTest.LoadsIntoX0StillAccess",
      "FaultTest.MisalignedAccess"}},
    {"19, 37j, 56",
     "verifiers that panic",
     {"MutationsTest.Proof", "Bytes.HugeCountsAreRefusedBeforeAllocation"}},
    {"23",
     "the host writes where it wants",
     {"Forgery.HintWritesElsewhere", "Forgery.HintBlockRunsOneWordLonger", "FaultTest.BadHints"}},
    {"24", "zero digest accepted", {"ProofMutation.No19_EveryFieldOfTheKey"}},
    {"25, 50",
     "constraints missing or never wired in",
     {"Deletion.OfAConstraintAdmitsAForgery", "BoundaryTest.EveryStatementIsNeeded",
      "HashForgeries.EveryStatementIsNeeded", "RoundsTest.EveryArithmeticConstraintIsNeeded",
      "MachineIdTest.IsTheHashOfTheConstraints"}},
    {"26", "journal although there is none", {"StatementTest.BindsTheLengthOfTheJournal"}},
    {"27",
     "a range check left out",
     {"Deletion.OfALookupAdmitsAForgery", "ForgedTrace.No33_EveryCellOfEveryKindOfRow"}},
    {"28, 33", "recursion", {}, kNoShards},
    {"34", "multiplicities on dummy rows", {"MulAttack.No13_PaddingRowWithAFalseProduct"}},
    {"37, 46",
     "ELF segments",
     {"ElfTest.OverlappingSegments", "ElfTest.SegmentsFarApart", "ElfTest.SegmentsThatShareBytes"}},
    {"37b, 59, 60",
     "security below its claim",
     {"ProvenBits.EveryPresetReachesItsTargetAtEveryHeight",
      "ProvenBits.TheMachinesMessagesAreCounted"}},
    {"37c", "poles", {}, "probability below 2^-100; the verifier refuses such a proof"},
    {"37d, 38", "parameters not absorbed", {"EngineAttack.No25_EveryParameterIsAbsorbed"}},
    {"37f", "a start in the future", {"Forgery.ExecutionStartsAtAnotherTime"}},
    {"37g, 47",
     "loads and stores of parts",
     {"PartAttack.No12_NeighbourOfAStoredByte", "PartAttack.No12_HalfAtAnOddByte",
      "InstructionTest.LoadsExtendAndStoresKeepTheirNeighbours"}},
    {"37i", "hints of field arithmetic", {}, kNoPrecompiles},
    {"37k", "guest allocator", {"Guest.HeapEndsWithoutAccident"}},
    {"39", "aliased openings", {"EngineAttack.No29_OpeningOfAColumnThatIsNotItsValue"}},
    {"44",
     "the proof chooses its own security",
     {"ProofMutation.No27_Presets", "StatementTest.BindsThePreset"}},
    {"46", "stale reads", {"RegisterAttack.No05_OperandReadAfterTheWrite"}},
    {"49",
     "accumulators that start anywhere",
     {"EngineAttack.No23_AccumulatorsThatDoNotStartAtZero"}},
    {"52, 68",
     "final polynomial and counts taken from the proof",
     {"EngineAttack.No26_AnotherFinalPolynomial"}},
    {"53", "folds that do not fit", {"EngineAttack.No26_LayerAlteredInATenthOfItsPlaces"}},
    {"55, 65, 66",
     "work unchecked",
     {"EngineAttack.No27_EveryNonceIsChecked", "Transcript.GrindLimits",
      "Security.FewerQueriesOrLessWorkMissTheTarget"}},
    {"57", "rows in padded lookup tables", {"FixedTablesTest.EveryRowOfMiscIsAShift"}},
    {"61",
     "multiplicities unbounded",
     {"HeightsTest.No22_MultiplicitiesCannotWrap", "HeightsTest.No22_ExactBusesCountBothSides"}},
    {"67", "the point in the domain", {}, "probability below 2^-120; the verifier refuses it"},
    {"69", "words >= p", {"ProofMutation.No27_WordsThatAreNotCanonical"}},
    {"70",
     "queries biased or fewer",
     {"Transcript.IndicesAreInRange", "MerkleOpening.DuplicatesAndOrderDoNotMatter"}},
    {"72", "masking", {}, kNoZk},
};

// All sources of tests, and "(Suite, Name)" in them.
std::string Sources() {
  std::string all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(ZKVM_TESTS)) {
    if (entry.path().extension() != ".cc" || entry.path().filename() == "attack_table_test.cc") {
      continue;
    }
    std::ifstream file(entry.path());
    all.append(std::istreambuf_iterator<char>(file), {});
  }
  return all;
}

void ExpectAllExist(const std::vector<Entry>& entries) {
  const std::string sources = Sources();
  for (const Entry& entry : entries) {
    EXPECT_TRUE(!entry.tests.empty() || !entry.not_covered.empty()) << entry.attack;
    for (const std::string_view test : entry.tests) {
      const size_t dot = test.find('.');
      const std::string suite(test.substr(0, dot));
      const std::string name(test.substr(dot + 1));
      const std::string text =
          suite == "Forgery" ? "{\"" + name + "\"," : "(" + suite + ", " + name + ")";
      EXPECT_NE(sources.find(text), std::string::npos) << entry.number << ": " << test;
    }
  }
}

TEST(AttackTable, EveryAttackHasItsTests) {
  EXPECT_EQ(kSection13.size(), 35u);
  for (size_t i = 0; i < kSection13.size(); ++i) {
    EXPECT_EQ(kSection13[i].number, std::to_string(i + 1));
  }
  ExpectAllExist(kSection13);
}

TEST(AttackTable, EveryPublishedBugHasItsTests) {
  std::set<int> numbers;
  for (const Entry& entry : kPublishedBugs) {
    std::string list(entry.number);
    for (size_t at = 0; at < list.size(); at = list.find(' ', at) + 1) {
      numbers.insert(std::stoi(list.substr(at)));
      if (list.find(' ', at) == std::string::npos) break;
    }
  }
  for (int number = 1; number <= 72; ++number) {
    EXPECT_TRUE(numbers.contains(number)) << number << " is not in the table";
  }
  ExpectAllExist(kPublishedBugs);
}

}  // namespace
}  // namespace zkvm
