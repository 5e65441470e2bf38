using MolSampling.Jobs.FreeEnergies.Files;
using MolSampling.Sampling.Estimators;

namespace MolSampling.Jobs.Solvation;

/// <summary>What a run keeps of its frames: a row of numbers each, set after set, as the checkpoint has them; and what is read from
/// them.</summary>
/// <param name="sets">Of windows.</param>
/// <param name="windows">K of a set, each with one walker.</param>
/// <param name="rotors">Bonds of the solute that turn.</param>
internal sealed class SolvationFrames(int sets, int windows, int rotors)
{
    /// <summary>The rows.</summary>
    public List<double[]> Rows { get; } = [];

    /// <summary>Frames so far.</summary>
    public int Count => Rows.Count;

    /// <summary>Numbers of a row.</summary>
    public int RowLength => sets * OfASet;

    private int OfASet => windows * windows + windows + 3 + rotors;

    /// <summary>[walker, window] reduced energies of a set.</summary>
    public Span<double> Energies(double[] row, int set) => row.AsSpan(set * OfASet, windows * windows);

    /// <summary>[walker] windows.</summary>
    public Span<double> WindowsOf(double[] row, int set) => row.AsSpan(set * OfASet + windows * windows, windows);

    /// <summary>[coupled, decoupled] pressures, kJ/mol/nm^3.</summary>
    public Span<double> Pressures(double[] row, int set) => row.AsSpan(set * OfASet + windows * (windows + 1), 2);

    /// <summary>Rotamers that changed at the decoupled end.</summary>
    public ref double RotamerChanges(double[] row, int set) => ref row[set * OfASet + windows * (windows + 1) + 2];

    /// <summary>[bond] torsions of the coupled walker, rad.</summary>
    public Span<double> Torsions(double[] row, int set) => row.AsSpan(set * OfASet + windows * (windows + 1) + 3, rotors);

    /// <summary>A set's pressures frame by frame.</summary>
    /// <param name="set">0 ...</param>
    /// <param name="decoupled">Of the last window, not of the first.</param>
    public double[] Pressures(int set, bool decoupled) => [.. Rows.Select(row => Pressures(row, set)[decoupled ? 1 : 0])];

    /// <summary>All torsions of a bond in the coupled windows, rad.</summary>
    public IEnumerable<double> Torsions(int bond) => Rows.SelectMany(row => Enumerable.Range(0, sets).Select(s => Torsions(row, s)[bond]));

    /// <summary>Rotamers that changed, all sets and frames.</summary>
    public long RotamerChanges() => Rows.Sum(row => Enumerable.Range(0, sets).Sum(s => (long)RotamerChanges(row, s)));

    /// <summary>How often a walker came from one end of the path to the other.</summary>
    public int Passages() => Enumerable.Range(0, sets).Sum(set => Enumerable.Range(0, windows).Sum(walker =>
    {
        int passages = 0, last = -1;
        foreach (double[] row in Rows)
        {
            int window = (int)WindowsOf(row, set)[walker];
            if (window != 0 && window != windows - 1)
                continue;
            passages += last >= 0 && last != window ? 1 : 0;
            last = window;
        }
        return passages;
    }));

    /// <summary>The rows of a set as alchemical data.</summary>
    /// <param name="set">0 ...</param>
    /// <param name="states">[K].</param>
    /// <param name="temperature">K.</param>
    /// <param name="interval">Between frames, ps.</param>
    public AlchemicalFile ToFile(int set, IReadOnlyList<LambdaState> states, double temperature, double interval)
    {
        int k = windows;
        double[] potentials = new double[Count * k * k], times = new double[Count * k];
        int[] stateOfRow = new int[Count * k];
        for (int n = 0; n < Count; n++)
        {
            Energies(Rows[n], set).CopyTo(potentials.AsSpan(n * k * k));
            for (int m = 0; m < k; m++)
                (times[n * k + m], stateOfRow[n * k + m]) = ((n + 1) * interval, (int)WindowsOf(Rows[n], set)[m]);
        }
        return new()
        {
            Source = $"set {set + 1}",
            LambdaNames = ["coul-lambda", "vdw-lambda"],
            Temperature = temperature,
            Times = times,
            SampledStates = states,
            StateOfRow = stateOfRow,
            Columns = states,
            ReducedPotentials = potentials,
        };
    }

    /// <summary>Rows of chosen frames of chosen sets, window by window, for an estimator.</summary>
    /// <param name="takes">Of a set and a frame, from 0.</param>
    public ReducedPotentials Choose(Func<int, int, bool> takes)
    {
        int k = windows;
        List<(int Set, int Frame)> taken = [.. Enumerable.Range(0, sets).SelectMany(s => Enumerable.Range(0, Count)
            .Where(n => takes(s, n)).Select(n => (s, n)))];
        int each = taken.Count; // every window once a frame
        double[] table = new double[k * k * each];
        for (int row = 0; row < each; row++)
        {
            (int set, int frame) = taken[row];
            Span<double> energies = Energies(Rows[frame], set), window = WindowsOf(Rows[frame], set);
            for (int m = 0; m < k; m++)
                for (int other = 0; other < k; other++)
                    table[other * k * each + (int)window[m] * each + row] = energies[m * k + other];
        }
        return new(table, [.. Enumerable.Repeat(each, k)]);
    }
}
