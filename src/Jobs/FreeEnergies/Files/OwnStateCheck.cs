namespace MolSampling.Jobs.FreeEnergies.Files;

/// <summary>
/// Whether rows were sampled in the state that the file says: their difference to it is zero then. What rounding leaves there (GROMACS in
/// single precision: 1e-4 kJ/mol, more for large energies) is taken for zero; a wrong lambda shows as
/// many kJ/mol, or on all rows as a share of what other states differ by.
/// </summary>
internal sealed class OwnStateCheck
{
    // On one row: 0.1 kT at most, unless energies are so large that single precision has no more digits. On all rows: 0.004 kT is no
    // matter, and noise is small beside the differences to other states.
    private const double LargestOnOneRow = 0.25, Harmless = 0.01, WorthANote = 1e-3, Precision = 1e-6, ShareOfOthers = 0.02;

    private double _squares, _largest;
    private double[] _otherSquares = [];
    private int _rows, _lineOfLargest, _stateOfLargest;

    /// <summary>Looks at a row and sets its own difference to zero.</summary>
    /// <param name="differences">[K] kJ/mol; NaN or infinite where not known.</param>
    /// <param name="own">The row's state.</param>
    /// <param name="energy">kJ/mol: the size of the energies that were subtracted, where it is known.</param>
    /// <param name="line">Of the file.</param>
    /// <returns>Whether it may be rounding.</returns>
    public bool Accept(Span<double> differences, int own, double energy, int line)
    {
        if (_otherSquares.Length == 0)
            _otherSquares = new double[differences.Length];
        double largest = Math.Abs(energy), here = Math.Abs(differences[own]);
        for (int c = 0; c < differences.Length; c++)
            if (c != own && double.IsFinite(differences[c]))
            {
                largest = Math.Max(largest, Math.Abs(differences[c]));
                _otherSquares[c] += differences[c] * differences[c];
            }
        if (!(here <= Math.Max(LargestOnOneRow, Precision * largest)))
            return false;
        _squares += here * here;
        _rows++;
        if (here > _largest)
            (_largest, _lineOfLargest, _stateOfLargest) = (here, line, own);
        differences[own] = 0;
        return true;
    }

    /// <summary>The judgement over all rows: null, or the largest difference with its state and line, if it is no rounding.</summary>
    public (int State, double Difference, int Line)? Refusal()
    {
        double[] others = [.. _otherSquares.Where(s => s > 0)];
        double share = others.Length == 0 ? 0 : ShareOfOthers * Math.Sqrt(others.Min() / Math.Max(1, _rows));
        return _rows > 0 && Math.Sqrt(_squares / _rows) > Math.Max(Harmless, share) ? (_stateOfLargest, _largest, _lineOfLargest) : null;
    }

    /// <summary>Set to zero and large enough to be mentioned, kJ/mol; null if not.</summary>
    public double? Mention => _largest > WorthANote ? _largest : null;
}
