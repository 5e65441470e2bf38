// Patterns, symmetry, charges.
#include "rdkit/molecule.h"

#include <GraphMol/MolAlign/AlignMolecules.h>
#include <GraphMol/MolOps.h>
#include <GraphMol/PartialCharges/GasteigerCharges.h>
#include <GraphMol/QueryBond.h>
#include <GraphMol/QueryOps.h>
#include <GraphMol/new_canon.h>
#include <GraphMol/SmilesParse/SmilesParse.h>
#include <GraphMol/Substruct/SubstructMatch.h>

#include <limits>
#include <numeric>
#include <set>
#include <sstream>

using namespace RDKit;
using namespace mol;

static std::unique_ptr<RWMol> parse_smarts(const std::string& smarts, const std::string& name) {
  CapturedLog log;
  std::unique_ptr<RWMol> query(SmartsToMol(smarts));
  if (!query) throw bad_argument(name + ": " + (log.text().empty() ? std::string("it cannot be parsed") : log.text()));
  return query;
}

// The pattern's atoms by their tags, which have to be 1, 2, ... without a gap.
static std::vector<int> tagged_atoms(const RWMol& query, const std::string& smarts) {
  std::vector<int> tagged(query.getNumAtoms(), -1);
  size_t tags = 0;
  for (const Atom* atom : query.atoms()) {
    const int tag = atom->getAtomMapNum();
    if (tag == 0) continue;
    if (tag < 0 || tag > static_cast<int>(tagged.size()) || tagged[tag - 1] >= 0) throw bad_argument("SMARTS '" + smarts + "': the tags are not 1, 2, ...");
    tagged[tag - 1] = static_cast<int>(atom->getIdx());
    ++tags;
  }
  tagged.resize(tags);
  for (const int atom : tagged)
    if (atom < 0) throw bad_argument("SMARTS '" + smarts + "': the tags are not 1, 2, ...");
  if (tags == 0) throw bad_argument("SMARTS '" + smarts + "': no atom has a tag");
  return tagged;
}

// ints: atoms of a match, then those of each match, different in the atoms that they name; nothing if there is none. Of a pattern with tags
// they are its atoms 1, 2, ... by tag.
MOL_EXPORT int molrdkit_match(const molrdkit_molecule* molecule, const char* smarts, int max_matches) {
  return guarded_with_results([&] {
    require(molecule && smarts, "null argument");
    const auto query = parse_smarts(smarts, "SMARTS");
    bool has_tags = false;
    for (const Atom* atom : query->atoms()) has_tags |= atom->getAtomMapNum() != 0;
    std::vector<int> named(query->getNumAtoms());
    std::iota(named.begin(), named.end(), 0);
    if (has_tags) named = tagged_atoms(*query, smarts);
    SubstructMatchParameters parameters;
    parameters.uniquify = true;
    parameters.maxMatches = max_matches;
    std::set<std::vector<int>> seen;
    std::vector<int>& out = results().ints;
    for (const auto& match : SubstructMatch(*molecule->mol, *query, parameters)) {
      std::vector<int> atoms;
      for (const int atom : named) atoms.push_back(match[atom].second);
      if (!seen.insert(atoms).second) continue;  // atoms without a tag multiply them
      if (out.empty()) out.push_back(static_cast<int>(atoms.size()));
      out.insert(out.end(), atoms.begin(), atoms.end());
    }
  });
}

// What SMIRNOFF's rules match: SMARTS with tags, one a line, on the molecule with MDL's aromaticity. Stereo is not looked at.
// ints, pattern after pattern: number of tags, number of different matches, for each match the atoms by their tags. Matches are sorted.
MOL_EXPORT int molrdkit_match_tagged(const molrdkit_molecule* molecule, const char* patterns) {
  return guarded_with_results([&] {
    require(molecule && patterns, "null argument");
    RWMol mol(*molecule->mol);
    MolOps::Kekulize(mol, true);
    MolOps::setAromaticity(mol, MolOps::AROMATICITY_MDL);
    SubstructMatchParameters parameters;
    parameters.uniquify = false;  // a chain that matches both ways is two matches
    parameters.maxMatches = std::numeric_limits<int>::max();
    std::istringstream lines(patterns);
    std::vector<int>& out = results().ints;
    for (std::string smarts; std::getline(lines, smarts);) {
      const auto query = parse_smarts(smarts, "SMARTS '" + smarts + "'");
      const std::vector<int> tagged = tagged_atoms(*query, smarts);
      std::set<std::vector<int>> matches;  // atoms without a tag multiply them
      for (const auto& match : SubstructMatch(mol, *query, parameters)) {
        std::vector<int> atoms;
        for (const int atom : tagged) atoms.push_back(match[atom].second);
        matches.insert(std::move(atoms));
      }
      out.insert(out.end(), {static_cast<int>(tagged.size()), static_cast<int>(matches.size())});
      for (const auto& atoms : matches) out.insert(out.end(), atoms.begin(), atoms.end());
    }
  });
}

// ints: a number for each atom, equal for atoms that the bond graph's symmetry exchanges; stereo and isotopes are not looked at.
MOL_EXPORT int molrdkit_symmetry_classes(const molrdkit_molecule* molecule) {
  return guarded_with_results([&] {
    require(molecule, "null argument");
    std::vector<unsigned int> classes;
    Canon::rankMolAtoms(*molecule->mol, classes, false, false, false);
    results().ints.assign(classes.begin(), classes.end());
  });
}

// The molecule without hydrogens, and the full one's index of each atom.
static std::pair<RWMol, std::vector<int>> without_hydrogens(const RWMol& mol) {
  RWMol heavy(mol);
  std::vector<int> index;
  for (const Atom* atom : mol.atoms())
    if (atom->getAtomicNum() > 1) index.push_back(atom->getIdx());
  for (int i = static_cast<int>(mol.getNumAtoms()) - 1; i >= 0; --i)
    if (mol.getAtomWithIdx(i)->getAtomicNum() <= 1) heavy.removeAtom(i);
  return {heavy, index};
}

// Leaves the permutations that match query to heavy, and whether there are more than max_count, as the two functions below say.
static void report_permutations(const RWMol& heavy, const RWMol& query, const std::vector<int>& index, int max_count) {
  auto& out = results();
  out.ints = {static_cast<int>(index.size()), 0};
  out.ints.insert(out.ints.end(), index.begin(), index.end());
  if (index.empty()) return;
  SubstructMatchParameters parameters;
  parameters.uniquify = false;
  parameters.maxMatches = max_count + 1;
  auto matches = SubstructMatch(heavy, query, parameters);
  if (static_cast<int>(matches.size()) > max_count) {
    out.ints[1] = 1;
    matches.resize(max_count);
  }
  for (const auto& match : matches) {
    std::vector<int> image(index.size());
    for (const auto& pair : match) image[pair.first] = index[pair.second];
    out.ints.insert(out.ints.end(), image.begin(), image.end());
  }
}

// Automorphisms of the heavy-atom graph (elements, charges, hydrogens and bond orders kept; stereo not looked at).
// ints: number of heavy atoms, 1 if there are more than max_count, the heavy atoms' indices, then the image of each, permutation after permutation.
MOL_EXPORT int molrdkit_automorphisms(const molrdkit_molecule* molecule, int max_count) {
  return guarded_with_results([&] {
    require(molecule && max_count > 0, "null argument");
    const RWMol& mol = *molecule->mol;
    auto [heavy, index] = without_hydrogens(mol);
    for (size_t i = 0; i < index.size(); ++i) {
      // hydrogens count as part of their atom: an isotope label tells atoms of different number apart
      Atom* atom = heavy.getAtomWithIdx(i);
      const Atom* full = mol.getAtomWithIdx(index[i]);
      int hydrogens = 0;
      for (const auto& n : boost::make_iterator_range(mol.getAtomNeighbors(full))) hydrogens += mol.getAtomWithIdx(n)->getAtomicNum() == 1;
      atom->setIsotope(full->getIsotope() * 16 + hydrogens + 1);
      atom->setChiralTag(Atom::CHI_UNSPECIFIED);
    }
    report_permutations(heavy, heavy, index, max_count);
  });
}

// The numberings that a heavy-atom RMSD takes for equivalent, by the rule of RDKit's getBestRMS: hydrogens and stereo are not looked at, and terminal
// O and N on either side of a conjugation (O=C-O, O=N-O, N=C-N) are alike whatever their Kekule bond orders and charges. ints as above.
MOL_EXPORT int molrdkit_heavy_symmetries(const molrdkit_molecule* molecule, int max_count) {
  return guarded_with_results([&] {
    require(molecule && max_count > 0, "null argument");
    auto [heavy, index] = without_hydrogens(*molecule->mol);
    RWMol query(heavy);
    const std::unique_ptr<RWMol> terminal(SmartsToMol("[O,N;D1;$([O,N;D1]-[*]=[O,N;D1]),$([O,N;D1]=[*]-[O,N;D1])]~[*]"));
    QueryBond either;
    either.setQuery(makeSingleOrDoubleBondQuery());
    for (const auto& match : SubstructMatch(heavy, *terminal)) {
      query.getAtomWithIdx(match[0].second)->setFormalCharge(0);  // a query's zero matches any charge
      query.replaceBond(query.getBondBetweenAtoms(match[0].second, match[1].second)->getIdx(), &either);
    }
    report_permutations(heavy, query, index, max_count);
  });
}

// doubles: Gasteiger charges, e.
MOL_EXPORT int molrdkit_gasteiger(const molrdkit_molecule* molecule) {
  return guarded_with_results([&] {
    require(molecule, "null argument");
    results().doubles.resize(molecule->mol->getNumAtoms());
    computeGasteigerCharges(*molecule->mol, results().doubles, 12, false);
  });
}

// doubles: the best heavy-atom RMSD (Angstrom) of two conformers over all symmetry-equivalent numberings.
MOL_EXPORT int molrdkit_best_rmsd(const molrdkit_molecule* molecule, const double* first, const double* second) {
  return guarded_with_results([&] {
    require(molecule && first && second, "null argument");
    auto heavy = [&](const double* x) {
      RWMol copy = with_coordinates(*molecule, x);
      MolOps::removeHs(copy);
      return copy;
    };
    RWMol a = heavy(first), b = heavy(second);
    results().doubles.push_back(MolAlign::getBestRMS(a, b));
  });
}
