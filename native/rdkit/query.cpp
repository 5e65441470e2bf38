// Query features of SDF and SMILES: what stands for many molecules is none of them.
#include <cctype>

#include <GraphMol/QueryAtom.h>
#include <GraphMol/QueryBond.h>
#include <GraphMol/SmilesParse/SmartsWrite.h>
#include <GraphMol/SubstanceGroup.h>

#include "rdkit/molecule.h"

using namespace RDKit;

namespace mol {

static void refuse(const std::string& where, const std::string& feature) {
  throw bad_argument(where + " " + feature + ": a query is no molecule");
}

static std::string named(const Atom* atom) { return "atom " + std::to_string(atom->getIdx() + 1); }

// A label of CXSMILES or an alias of a mol block that makes an R group (R, R1, _R1, R#), an attachment point (_AP1) or any atom (*) of an
// element. Others (CA, N1) are names.
static void require_label(const Atom* atom, const std::string& property) {
  std::string label;
  if (!atom->getPropIfPresent(property, label)) return;
  const std::string bare = label.substr(!label.empty() && label[0] == '_');
  auto is = [&](const std::string& stem) {
    if (bare.compare(0, stem.size(), stem) != 0) return false;
    for (size_t k = stem.size(); k < bare.size(); ++k)
      if (!std::isdigit(static_cast<unsigned char>(bare[k])) && bare[k] != '#' && bare[k] != '\'') return false;
    return true;
  };
  if (is("R")) refuse(named(atom), "is an R group (" + label + ")");
  if (is("AP")) refuse(named(atom), "has an attachment point (" + label + ")");
  if (is("*")) refuse(named(atom), "is no element (" + label + ")");
}

static void require_atom(const Atom* atom) {
  unsigned group = 0;
  std::string label;
  if (atom->getPropIfPresent(common_properties::_MolFileRLabel, group)) refuse(named(atom), "is an R group (R" + std::to_string(group) + ")");
  if (atom->hasQuery() && atom->getAtomicNum() != 0) {
    const auto* query = static_cast<const QueryAtom*>(atom);
    refuse(named(atom), "is a query (" + SmartsWrite::GetAtomSmarts(query) + ")");
  }
  if (atom->getAtomicNum() == 0) {
    if (!atom->getPropIfPresent(common_properties::dummyLabel, label)) label = "*";
    if (atom->hasQuery()) refuse(named(atom), "is a query (" + (label == "*" ? SmartsWrite::GetAtomSmarts(static_cast<const QueryAtom*>(atom)) : label) + ")");
    refuse(named(atom), "is no element (" + label + ")");
  }
  // Pol of CXSMILES
  if (atom->getPropIfPresent(common_properties::dummyLabel, label)) refuse(named(atom), "is no element (" + label + ")");
  require_label(atom, common_properties::atomLabel);
  require_label(atom, common_properties::molFileAlias);
  int attachment = 0;
  if (atom->getPropIfPresent(common_properties::molAttachPoint, attachment) && attachment != 0) refuse(named(atom), "has an attachment point");
}

static void require_bond(const Bond* bond) {
  const std::string where = "the bond of atoms " + std::to_string(bond->getBeginAtomIdx() + 1) + " and " + std::to_string(bond->getEndAtomIdx() + 1);
  if (bond->hasQuery()) {
    std::string smarts = SmartsWrite::GetBondSmarts(static_cast<const QueryBond*>(bond));
    refuse(where, "is a query (" + (smarts.empty() ? "single or aromatic" : smarts) + ")");
  }
  if (bond->hasProp(common_properties::_MolFileBondEndPts)) refuse(where, "may be attached at several atoms");
  switch (bond->getBondType()) {
    case Bond::SINGLE:
    case Bond::DOUBLE:
    case Bond::TRIPLE:
    case Bond::AROMATIC:
    case Bond::DATIVE:
    case Bond::DATIVEONE:
      break;
    default:
      throw bad_argument(where + " is neither single, double, triple nor aromatic");
  }
}

// Bonds to one of several atoms, which this version of RDKit reads past.
static void require_extension(const ROMol& mol) {
  std::string text;
  if (!mol.getPropIfPresent("_CXSMILES_Data", text)) return;
  bool label = false;
  for (size_t k = 1; k + 1 < text.size(); ++k) {
    label ^= text[k] == '$';
    const bool begins = text[k - 1] == '|' || text[k - 1] == ',';
    if (!label && begins && text[k] == 'm' && text[k + 1] == ':')
      refuse("the record", "has a bond that may be attached at several atoms");
  }
}

void require_molecule(const ROMol& mol) {
  require_extension(mol);
  for (const Atom* atom : mol.atoms()) require_atom(atom);
  for (const Bond* bond : mol.bonds()) require_bond(bond);
  if (mol.hasProp(common_properties::molFileLinkNodes)) refuse("the record", "has a link node, which repeats atoms");
  for (const auto& group : getSubstanceGroups(mol)) {
    std::string type;
    group.getPropIfPresent("TYPE", type);
    for (const char* repeats : {"SRU", "MON", "MER", "COP", "CRO", "GRA", "ANY"})
      if (type == repeats) refuse("the record", "has a repeat unit of a polymer (" + type + ")");
  }
}

}  // namespace mol
