// Parsing, and the doors through which results are read.
#include "rdkit/molecule.h"

#include <algorithm>
#include <cctype>
#include <mutex>
#include <sstream>

#include <GraphMol/FileParsers/FileParsers.h>
#include <GraphMol/ForceFieldHelpers/MMFF/AtomTyper.h>
#include <GraphMol/MolOps.h>
#include <RDGeneral/FileParseException.h>
#include <GraphMol/SmilesParse/SmilesParse.h>
#include <RDGeneral/RDLog.h>
#include <RDGeneral/versions.h>

using namespace RDKit;

namespace mol {

Results& results() {
  thread_local Results r;
  return r;
}

RWMol with_coordinates(const molrdkit_molecule& molecule, const double* positions) {
  RWMol copy(*molecule.mol);
  copy.clearConformers();
  auto* conformer = new Conformer(copy.getNumAtoms());
  for (unsigned i = 0; i < copy.getNumAtoms(); ++i) conformer->setAtomPos(i, {positions[3 * i], positions[3 * i + 1], positions[3 * i + 2]});
  conformer->set3D(true);
  copy.addConformer(conformer, true);
  return copy;
}

static thread_local std::string* captured = nullptr;

// Where errors go, for good: any thread may write to RDKit's process-wide loggers at any moment, so they are set once and never exchanged.
// Each thread's text comes to the capture that this thread holds; without one it is dropped. No buffer, so nothing is shared.
class ThreadLog : public std::streambuf {
 protected:
  int_type overflow(int_type c) override {
    if (captured && c != traits_type::eof()) captured->push_back(traits_type::to_char_type(c));
    return traits_type::not_eof(c);
  }
  std::streamsize xsputn(const char* text, std::streamsize count) override {
    if (captured) captured->append(text, static_cast<size_t>(count));
    return count;
  }
};

static void quiet() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (rdWarningLog) rdWarningLog->df_enabled = false;
    if (rdInfoLog) rdInfoLog->df_enabled = false;
    if (rdDebugLog) rdDebugLog->df_enabled = false;
    rdErrorLog = std::make_shared<boost::logging::rdLogger>(new std::ostream(new ThreadLog));
    static RDLogger* kept = nullptr;  // for ever: threads may be at work while the process ends
    kept = new RDLogger(rdErrorLog);
    (void)kept;
  });
}

// RDKit silences all its logs for moments, for example while it looks for MMFF's types (LogStateSetter), and two threads that do so at
// once can leave them silent. What others write is dropped by ThreadLog anyway.
static void hear() {
  if (rdErrorLog) rdErrorLog->df_enabled = true;
}

CapturedLog::CapturedLog() : outer_(captured) {
  quiet();
  hear();
  captured = &text_;
}

CapturedLog::~CapturedLog() { captured = outer_; }

// The log's lines without their time stamps, joined.
std::string CapturedLog::text() const {
  std::istringstream lines(text_);
  std::string line, joined;
  while (std::getline(lines, line)) {
    if (!line.empty() && line[0] == '[') {
      size_t end = line.find("] ");
      if (end != std::string::npos) line.erase(0, end + 2);
    }
    line.erase(std::min(line.size(), line.find(" for input:")));  // the caller names the input
    while (!line.empty() && std::isspace(static_cast<unsigned char>(line.back()))) line.pop_back();
    // other lines repeat the input or point into it
    if (line.empty() || line.find("Failed parsing SMILES") != std::string::npos || line.find_first_not_of(" ~^-") == std::string::npos) continue;
    if (!joined.empty()) joined += "; ";
    joined += line;
  }
  return joined;
}

static molrdkit_molecule* finish(std::unique_ptr<RWMol> mol, bool coordinates, bool add_hydrogens) {
  require(mol->getNumAtoms() > 0, "the molecule has no atoms");
  const unsigned atoms = mol->getNumAtoms();
  if (add_hydrogens) MolOps::addHs(*mol, false, coordinates);
  MolOps::assignStereochemistry(*mol, true, true, true);
  auto handle = std::make_unique<molrdkit_molecule>();
  handle->has_added_hydrogens = mol->getNumAtoms() > atoms;
  handle->mol = std::move(mol);
  handle->has_coordinates = coordinates;
  return handle.release();
}

}  // namespace mol

using namespace mol;

MOL_EXPORT const char* molrdkit_last_error() { return last_error(); }
MOL_EXPORT const char* molrdkit_version() { return rdkitVersion; }
MOL_EXPORT const char* molrdkit_text() { return results().text.c_str(); }

MOL_EXPORT const int* molrdkit_ints(long* count) {
  *count = static_cast<long>(results().ints.size());
  return results().ints.data();
}

MOL_EXPORT const double* molrdkit_doubles(long* count) {
  *count = static_cast<long>(results().doubles.size());
  return results().doubles.data();
}

MOL_EXPORT void molrdkit_free(molrdkit_molecule* molecule) { delete molecule; }

MOL_EXPORT int molrdkit_parse_smiles(const char* smiles, molrdkit_molecule** molecule) {
  return guarded_with_results([&] {
    require(smiles && molecule, "null argument");
    *molecule = nullptr;
    quiet();
    std::unique_ptr<RWMol> mol;
    {
      CapturedLog log;
      try {
        mol.reset(SmilesToMol(smiles));
        for (int again = 0; !mol && again < 5 && log.text().empty(); again++) {  // another thread had silenced the log
          hear();
          mol.reset(SmilesToMol(smiles));
        }
      } catch (const MolSanitizeException& e) {
        throw bad_argument(e.what());
      } catch (const SmilesParseException& e) {
        throw bad_argument(e.what());
      }
      if (!mol) {
        std::string reason = log.text();
        throw bad_argument(reason.empty() ? "it cannot be parsed" : reason);
      }
    }
    require_molecule(*mol);
    std::unique_ptr<molrdkit_molecule> finished(finish(std::move(mol), false, true));
    keep_written_stereo(smiles, *finished);
    *molecule = finished.release();
  });
}

// One record of an SDF (its mol block). The atoms stay as they stand unless hydrogens are asked for.
MOL_EXPORT int molrdkit_parse_molblock(const char* block, int add_hydrogens, molrdkit_molecule** molecule) {
  return guarded_with_results([&] {
    require(block && molecule, "null argument");
    *molecule = nullptr;
    quiet();
    std::unique_ptr<RWMol> mol;
    {
      CapturedLog log;
      try {
        mol.reset(MolBlockToMol(block, true, false));
        if (mol) require_molecule(*mol);
      } catch (const MolSanitizeException&) {
        // hypervalent dative forms: MMFF's own, more tolerant perception
        mol.reset(MolBlockToMol(block, false, false));
        if (mol) require_molecule(*mol);
        unsigned int failed = mol ? MMFF::sanitizeMMFFMol(*mol) : 0;
        if (failed) throw bad_argument("the structure cannot be sanitised: a valence or an aromatic ring is not possible");
      } catch (const FileParseException& e) {
        throw bad_argument(e.what());
      }
      if (!mol) {
        std::string reason = log.text();
        throw bad_argument(reason.empty() ? "it cannot be parsed" : reason);
      }
    }
    bool three_dimensional = mol->getNumConformers() > 0 && mol->getConformer().is3D();
    if (three_dimensional) MolOps::assignStereochemistryFrom3D(*mol);
    *molecule = finish(std::move(mol), three_dimensional, add_hydrogens != 0);
    if (three_dimensional) take_stereo(*(*molecule)->mol);  // nitrogens of bridgeheads, which RDKit leaves out
  });
}
