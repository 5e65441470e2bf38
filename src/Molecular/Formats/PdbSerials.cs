namespace MolSampling.Molecular.Formats;

/// <summary>Numbers that a PDB file gives its atoms, and the bonds of CONECT, which name atoms by them. Numbers are texts: programs write
/// hexadecimal ones, or stars, beyond 99,999.</summary>
internal sealed class PdbSerials(string file)
{
    private const int NotRead = -1, Several = -2, Unknown = -3;

    private readonly Dictionary<string, int> _places = []; // serial to its place in the lists below
    private readonly List<string> _serials = [];
    private readonly List<int> _atoms = [];
    private readonly List<(int First, int Second, int Line)> _stated = [];

    /// <summary>A record of an atom.</summary>
    /// <param name="serial">Its number.</param>
    /// <param name="atom">Its index; null for one that is not read: an alternate location, or in another model.</param>
    public void Add(string serial, int? atom)
    {
        int place = Place(serial);
        if (atom is { } index)
            _atoms[place] = _atoms[place] is NotRead or Unknown ? index : Several;
        else if (_atoms[place] == Unknown)
            _atoms[place] = NotRead;
    }

    /// <summary>A bond of a CONECT record.</summary>
    public void Connect(string first, string second, int line) => _stated.Add((Place(first), Place(second), line));

    /// <summary>The bonds between atoms that were read.</summary>
    /// <exception cref="MoleculeFormatException">A record names an atom that is not there, or a number that several atoms have.</exception>
    public IEnumerable<(int, int)> Bonds()
    {
        foreach ((int first, int second, int line) in _stated)
        {
            (int i, int j) = (Atom(first, line), Atom(second, line));
            if (i != NotRead && j != NotRead)
                yield return (i, j);
        }
    }

    private int Atom(int place, int line) => _atoms[place] switch
    {
        Unknown => throw new MoleculeFormatException(file, line,
            $"CONECT names atom {_serials[place]}, which no ATOM or HETATM record has: correct the number or remove the record"),
        Several => throw new MoleculeFormatException(file, line,
            $"CONECT names atom {_serials[place]}, a number that several atoms have: number the atoms anew, or write mmCIF"),
        int atom => atom,
    };

    private int Place(string serial)
    {
        if (!_places.TryGetValue(serial, out int place))
        {
            _places[serial] = place = _serials.Count;
            _serials.Add(serial);
            _atoms.Add(Unknown);
        }
        return place;
    }
}
