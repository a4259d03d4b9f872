// Proven security of a proof, as tables and as JSON.
#ifndef ZKVM_CLI_SECURITY_REPORT_H_
#define ZKVM_CLI_SECURITY_REPORT_H_

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "stark/machine.h"
#include "stark/params.h"
#include "stark/security/security.h"

namespace zkvm {

struct SecurityReport {
  SecurityBits unique;
  SecurityBits johnson;
};

// Of a proof of `statement` with these heights. REQUIRES: CheckHeights accepts them.
SecurityReport MakeSecurityReport(const Preset& preset, const Statement& statement,
                                  const Heights& heights);

// "100.2 bits (Johnson radius), 85.0 bits (unique decoding)"
std::string OneLine(const SecurityReport& report);

// A row for each round of the protocol.
void PrintRounds(const SecurityReport& report, std::FILE* file);

nlohmann::ordered_json ToJson(const SecurityReport& report);

}  // namespace zkvm

#endif  // ZKVM_CLI_SECURITY_REPORT_H_
