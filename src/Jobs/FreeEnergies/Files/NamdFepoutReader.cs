using System.Globalization;
using MolSampling.Potentials;

namespace MolSampling.Jobs.FreeEnergies.Files;

/// <summary>
/// Reads NAMD's alchemical output (alchOutFile, .fepout): windows one after the other, each sampled at one lambda and looked at from the
/// next (FepEnergy), with interleaved double-wide sampling from the one before as well (FepE_back). Rows are
/// "FepEnergy: step Elec(l) Elec(l+dl) vdW(l) vdW(l+dl) dE dE_avg T dG" in kcal/mol (NAMD user's guide, alchemical free energy methods); dE
/// is used.
/// </summary>
/// <remarks>
/// Times are step numbers, since the file does not say the time step; nor does it say the temperature. Steps before "#STARTING COLLECTION"
/// are NAMD's equilibration and no samples. Double-wide rows alternate; a forward and the following
/// backward row count as one sample, as they are neighbours in time. A window knows its neighbours only, so there is no MBAR.
/// </remarks>
internal static class NamdFepoutReader
{
    /// <summary>NAMD's word for the parameter.</summary>
    internal const string LambdaName = "alchLambda";

    /// <summary>Reads a file.</summary>
    /// <param name="path">Plain, .gz or .bz2.</param>
    /// <param name="temperature">K; needed, since the file does not say it.</param>
    /// <exception cref="InvalidDataException">No such output; the message names file and line.</exception>
    /// <exception cref="ArgumentException">The temperature is not positive.</exception>
    /// <exception cref="IOException">The file is not there, or the disk fails.</exception>
    public static AlchemicalFile Read(string path, double? temperature)
    {
        StatedTemperature.Check(temperature);
        double kelvin = temperature ?? throw new InvalidDataException($"{path}: NAMD's output does not say its temperature; give --temperature");
        var windows = new List<Window>();
        Window? open = null;
        int last = 0;
        foreach ((string line, int number) in TextLines.Of(path))
        {
            last = number;
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (words.Length == 0)
                continue;
            if (words[0] == "#NEW")
                windows.Add(open = Window.Begin(path, words, number));
            else if (words[0] == "#STARTING")
                open?.Clear();
            else if (words[0] == "#Free")
            {
                open?.End(words, number);
                open = null;
            }
            else if (words[0] is "FepEnergy:" or "FepE_back:")
            {
                if (open is null)
                    windows.Add(open = new Window(path, number));
                open.Add(words, number);
            }
            else if (words[0][0] != '#')
                throw new InvalidDataException($"{path}, line {number}: \"{words[0][..Math.Min(20, words[0].Length)]}\" where FepEnergy: was expected: not a fepout file");
        }
        if (windows.Count == 0)
            throw new InvalidDataException($"{path}: {(last == 0 ? "is empty" : "holds no FepEnergy: row: not a fepout file")}");
        return Complete(path, [.. windows.Where(w => w.Rows > 0)], kelvin);
    }

    private static AlchemicalFile Complete(string path, Window[] windows, double kelvin)
    {
        foreach (Window window in windows)
            window.RequireLambdas();
        if (windows.Length == 0)
            throw new InvalidDataException($"{path}: no row after an equilibration");
        double beta = Units.KilojoulePerKilocalorie / (Units.GasConstant * kelvin);
        LambdaState[] columns = [.. windows.SelectMany(w => new[] { w.Lambda!, w.Next!, w.Before ?? w.Lambda! }).Distinct()],
            sampled = [.. windows.Select(w => w.Lambda!).Distinct()];
        List<double> times = [], potentials = [];
        List<int> states = [];
        foreach (Window window in windows)
            for (int n = 0; n < window.Rows; n++)
            {
                double[] row = [.. Enumerable.Repeat(double.NaN, columns.Length)];
                row[Array.IndexOf(columns, window.Next)] = beta * window.Forward[n].Energy;
                if (window.Before is not null)
                    row[Array.IndexOf(columns, window.Before)] = beta * window.Backward[n].Energy;
                row[Array.IndexOf(columns, window.Lambda)] = 0;
                times.Add(window.Forward[n].Step);
                potentials.AddRange(row);
                states.Add(Array.IndexOf(sampled, window.Lambda));
            }
        return new()
        {
            Source = path,
            LambdaNames = [LambdaName],
            Temperature = kelvin,
            Times = [.. times],
            SampledStates = sampled,
            StateOfRow = [.. states],
            Columns = columns,
            ReducedPotentials = [.. potentials],
            Warnings = [.. windows.Where(w => !w.IsFinished).Select(w =>
                $"{path}: the window of lambda {w.Lambda} has no last line (#Free energy change): it had not finished")],
        };
    }

    /// <summary>Rows of one lambda.</summary>
    private sealed class Window(string path, int line)
    {
        public LambdaState? Lambda { get; private set; }

        /// <summary>That rows look at.</summary>
        public LambdaState? Next { get; private set; }

        /// <summary>That backward rows look at; null without them.</summary>
        public LambdaState? Before { get; private set; }

        public bool IsFinished { get; private set; }

        public List<(double Step, double Energy)> Forward { get; } = [];

        public List<(double Step, double Energy)> Backward { get; } = [];

        public int Rows => Before is null ? Forward.Count : Math.Min(Forward.Count, Backward.Count);

        /// <summary>"#NEW FEP WINDOW: LAMBDA SET TO 0.1 LAMBDA2 0.2 LAMBDA_IDWS 0".</summary>
        public static Window Begin(string path, string[] words, int number)
        {
            var window = new Window(path, number);
            window.Lambda = window.State(words, "TO", number) ?? throw window.Bad(number, "no lambda in the line that begins a window");
            window.Next = window.State(words, "LAMBDA2", number) ?? throw window.Bad(number, "no LAMBDA2 in the line that begins a window");
            window.Before = window.State(words, "LAMBDA_IDWS", number) is { } before && !before.Equals(window.Lambda) ? before : null;
            return window;
        }

        public void Clear()
        {
            Forward.Clear();
            Backward.Clear();
        }

        public void Add(string[] words, int number)
        {
            if (words.Length < 8)
                throw Bad(number, $"{words.Length} columns, where step, energies, dE, dE_avg, temperature and dG were expected");
            (words[0] == "FepEnergy:" ? Forward : Backward).Add((Number(words[1], number), Number(words[6], number)));
        }

        /// <summary>"#Free energy change for lambda window [ 0 0.05 ] is 0.297762 ; net change until now is 0.297762".</summary>
        public void End(string[] words, int number)
        {
            int open = Array.IndexOf(words, "[");
            if (open < 0 || open + 2 >= words.Length)
                throw Bad(number, "the lambdas of the window cannot be read");
            LambdaState from = State(words[open + 1], number), to = State(words[open + 2], number);
            if (Lambda is not null && (!from.Equals(Lambda) || !to.Equals(Next)))
                throw Bad(number, $"the window from {from} to {to} ends, but that from {Lambda} to {Next} had begun (line {line})");
            (Lambda, Next, IsFinished) = (from, to, true);
        }

        /// <summary>Parts of a window in several files: only the first says both lambdas.</summary>
        public void RequireLambdas()
        {
            if (Lambda is null || Backward.Count > 0 && Before is null)
                throw Bad(line, "rows of a window that began in another file: join the parts in their order (cat a.fepout b.fepout > whole.fepout)");
        }

        private LambdaState? State(string[] words, string after, int number) => Array.IndexOf(words, after) is >= 0 and int at
            && at + 1 < words.Length ? State(words[at + 1], number) : null;

        private LambdaState State(string word, int number) => new(Math.Round(Number(word, number), 10)); // 0.1 + 0.2 is 0.3

        private double Number(string text, int number) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture,
            out double value) && double.IsFinite(value) ? value
            : throw Bad(number, $"\"{text}\" is not a finite number");

        private InvalidDataException Bad(int number, string reason) => new($"{path}, line {number}: {reason}");
    }
}
