using MolSampling.Molecular.Topologies;

namespace MolSampling.Molecular.Formats;

/// <summary>Makes a structure of the atom records of a file, one after the other.</summary>
internal sealed class StructureAssembly(string file)
{
    private readonly List<TopologyAtom> _atoms = [];
    private readonly List<TopologyResidue> _residues = [];
    private readonly List<int> _segments = [];
    private readonly List<double> _positions = [];
    private readonly HashSet<string> _names = [];
    private (string Segment, string Number, string Name) _residue;
    private string _lastSegment = "";
    private ILookup<string, int>? _byName;

    /// <summary>How many atoms there are.</summary>
    public int AtomCount => _atoms.Count;

    /// <summary>Adds an atom, of a new residue if its residue differs from the one before; false if it is an alternate location of what is
    /// there.</summary>
    /// <param name="line">For messages.</param>
    /// <param name="segment">What no peptide bond leaves: the chain, or its part up to TER.</param>
    /// <param name="chain">As shown.</param>
    /// <param name="number">With the insertion code.</param>
    /// <param name="residue">Name.</param>
    /// <param name="atom">Name.</param>
    /// <param name="atomicNumber">0 is refused.</param>
    /// <param name="isAlternate">Whether the record has an alternate-location indicator.</param>
    /// <param name="position">Angstrom.</param>
    public bool Add(int line, string segment, string chain, string number, string residue, string atom, int atomicNumber, bool isAlternate,
        (double X, double Y, double Z) position)
    {
        if (atomicNumber == 0)
            throw new MoleculeFormatException(file, line, $"the element of atom {atom} of {residue} {number} is unknown");
        if (_residues.Count > 0 && isAlternate && (_residue.Segment, _residue.Number) == (segment, number) && _residue.Name != residue)
            return false; // another residue at the same place in the chain
        if (_residues.Count == 0 || _residue != (segment, number, residue))
        {
            _residue = (segment, number, residue);
            _residues.Add(new(residue, chain, number, _atoms.Count, 0));
            _segments.Add(_residues.Count > 1 && segment == _lastSegment ? _segments[^1] : _segments.Count);
            _lastSegment = segment;
            _names.Clear();
        }
        if (!_names.Add(atom))
            return isAlternate ? false : throw new MoleculeFormatException(file, line, $"atom {atom} is twice in {_residues[^1]}");
        _atoms.Add(new(atom, ChemicalElement.Symbol(atomicNumber), atomicNumber, _residues.Count - 1));
        _residues[^1] = _residues[^1] with { AtomCount = _residues[^1].AtomCount + 1 };
        _positions.AddRange([position.X / 10, position.Y / 10, position.Z / 10]);
        return true;
    }

    /// <summary>Ends with the bonds.</summary>
    /// <param name="stated">Bonds that the file states.</param>
    /// <param name="cell">The periodic cell, or null.</param>
    /// <exception cref="MoleculeFormatException">There is no atom.</exception>
    public Structure Finish(IEnumerable<(int I, int J)> stated, UnitCell? cell)
    {
        if (_atoms.Count == 0)
            throw new MoleculeFormatException(file, 0, "the file holds no atom");
        double[] positions = [.. _positions];
        return new(new(_atoms, _residues, BondInference.Infer(_atoms, _residues, _segments, positions, stated)), positions, cell);
    }

    /// <summary>The atoms of that name in residues that fit; when all atoms are there.</summary>
    public IEnumerable<int> Find(string atom, Func<TopologyResidue, bool> fits)
    {
        _byName ??= Enumerable.Range(0, _atoms.Count).ToLookup(i => _atoms[i].Name);
        return _byName[atom].Where(i => fits(_residues[_atoms[i].ResidueIndex]));
    }

    /// <summary>The index of the residue of an atom.</summary>
    public int ResidueOf(int atom) => _atoms[atom].ResidueIndex;
}
