using System.Globalization;
using System.Text.RegularExpressions;
using MolSampling.Potentials;

namespace MolSampling.Jobs.FreeEnergies.Files;

/// <summary>
/// Reads the output (mdout) of Amber's pmemd and sander for one lambda of a thermodynamic integration (icfe = 1): DV/DL of every printed
/// step, and with ifmbar = 1 the energies at all mbar_lambda ("MBAR Energy analysis"). The format is that
/// of the Amber manual's free energy chapter and of outputs of Amber 16 to 20. Energies are in kcal/mol; the temperature is temp0.
/// </summary>
/// <remarks>
/// The i-th MBAR block belongs to step i bar_intervall; DV/DL stands with its step, once for either TI region, and again in averages, which
/// are no samples. Rows are the steps that have both. An energy that does not fit its field (asterisks) is taken as +infinity: two atoms on
/// top of each other in a state that was not sampled.
/// </remarks>
internal static partial class AmberMdoutReader
{
    /// <summary>Amber has one lambda.</summary>
    internal const string LambdaName = "lambda";

    /// <summary>Reads a file.</summary>
    /// <param name="path">Plain, .gz or .bz2.</param>
    /// <param name="temperature">K; must not contradict the file.</param>
    /// <exception cref="InvalidDataException">No such output; the message names file and line.</exception>
    /// <exception cref="ArgumentException">The temperature is not positive.</exception>
    /// <exception cref="IOException">The file is not there, or the disk fails.</exception>
    public static AlchemicalFile Read(string path, double? temperature = null)
    {
        StatedTemperature.Check(temperature);
        var output = new Output(path);
        foreach ((string line, int number) in TextLines.Of(path))
            output.Add(line, number);
        return output.Complete(temperature);
    }

    /// <summary>Whether a text file begins as Amber's output does.</summary>
    internal static bool Looks(string path)
    {
        try
        {
            return TextLines.Of(path).Take(20).Any(l => l.Text.Contains("Amber", StringComparison.Ordinal)
                && (l.Text.Contains("PMEMD", StringComparison.Ordinal) || l.Text.Contains("SANDER", StringComparison.Ordinal)));
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"(?<![\w/])(temp0|clambda|dt|ifmbar|bar_intervall|mbar_states|NSTEP|DV/DL)\s*=\s*([^\s,]+)")]
    private static partial Regex Assignment();

    [GeneratedRegex(@"^\s*Energy at\s+(\S+)\s*=\s*(\S+)")]
    private static partial Regex EnergyAt();

    private sealed class Output(string path)
    {
        private readonly Dictionary<string, double> _settings = [];
        private readonly List<LambdaState> _lambdas = [];
        private readonly List<double[]> _energies = []; // kcal/mol, block by block
        private readonly SortedDictionary<long, double> _gradients = []; // by step
        private double[]? _block;
        private long? _step;
        private double? _gradient;
        private double _begin = double.NaN;
        private int _section, _lastLine;
        private bool _listsLambdas, _isAverage;

        public void Add(string line, int number)
        {
            _lastLine = number;
            if (line.StartsWith("   ", StringComparison.Ordinal) && line.Length > 6 && char.IsAsciiDigit(line[3]) && line[4] == '.'
                && line[5] == ' ')
            {
                if (line[3] - '0' < _section)
                    throw Bad(number, "another output begins: are these several files, joined? Give them one by one");
                (_section, _listsLambdas) = (line[3] - '0', false);
            }
            else if (_section == 2)
                Control(line, number);
            else if (_section == 3 && line.Contains("begin time read from input coords", StringComparison.Ordinal))
                _begin = Number(line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..].Split("ps")[0].Trim(), number);
            else if (_section == 4)
                Result(line, number);
        }

        private void Control(string line, int number)
        {
            if (line.Contains("MBAR - lambda values considered", StringComparison.Ordinal))
                _listsLambdas = true;
            else if (_listsLambdas && line.TrimStart().StartsWith("Extra", StringComparison.Ordinal))
                _listsLambdas = false;
            else if (_listsLambdas)
                foreach (string word in (line.Contains("total:", StringComparison.Ordinal)
                    ? line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..] : line).Split(' ', StringSplitOptions.RemoveEmptyEntries))
                    _lambdas.Add(new(Number(word, number)));
            else
                foreach (Match m in Assignment().Matches(line))
                    _settings[m.Groups[1].Value] = Number(m.Groups[2].Value, number);
        }

        private void Result(string line, int number)
        {
            if (line.StartsWith("MBAR Energy analysis", StringComparison.Ordinal))
                _block = [.. Enumerable.Repeat(double.NaN, _lambdas.Count)];
            else if (line.Contains("A V E R A G E S", StringComparison.Ordinal) || line.Contains("F L U C T U A T I O N S",
                StringComparison.Ordinal) || line.Contains("AVERAGES OVER", StringComparison.Ordinal))
                _isAverage = true;
            else if (line.TrimStart().StartsWith("-----", StringComparison.Ordinal))
                EndOfBlock(number);
            else if (_block is not null)
            {
                if (EnergyAt().Match(line) is not { Success: true } m)
                    return;
                var state = new LambdaState(Number(m.Groups[1].Value, number));
                int at = _lambdas.IndexOf(state);
                if (at < 0)
                    throw Bad(number, $"an energy at {state}, which is none of the lambdas considered ({string.Join(", ", _lambdas)})");
                _block[at] = m.Groups[2].Value.StartsWith('*') ? double.PositiveInfinity : Number(m.Groups[2].Value, number);
            }
            else
                foreach (Match m in Assignment().Matches(line))
                    if (m.Groups[1].Value == "NSTEP")
                        _step = (long)Number(m.Groups[2].Value, number);
                    else if (m.Groups[1].Value == "DV/DL")
                        _gradient = Number(m.Groups[2].Value, number);
        }

        private void EndOfBlock(int number)
        {
            if (_block is { } block)
            {
                if (Array.Exists(block, double.IsNaN))
                    throw Bad(number, $"an MBAR block without the energy at {_lambdas[Array.FindIndex(block, double.IsNaN)]}");
                if (block.Length > 0)
                    _energies.Add(block);
                _block = null;
                return;
            }
            if (_step is { } step && _gradient is { } gradient && !_isAverage)
                _gradients.TryAdd(step, gradient); // the second region says the same
            if (_step is not null)
                (_step, _gradient, _isAverage) = (null, null, false);
        }

        public AlchemicalFile Complete(double? given)
        {
            if (_section == 0)
                throw new InvalidDataException($"{path}: {(_lastLine == 0 ? "is empty" : "is no output of Amber: no numbered sections")}");
            double Setting(string name) => _settings.TryGetValue(name, out double v) ? v
                : throw new InvalidDataException($"{path}: does not say {name}{(name == "clambda" ? ": is it a free energy simulation (icfe = 1)?" : "")}");
            var own = new LambdaState(Setting("clambda"));
            double kelvin = StatedTemperature.Agree(path, Setting("temp0"), given)!.Value,
                kcal = Units.KilojoulePerKilocalorie / (Units.GasConstant * kelvin), dt = Setting("dt");
            if (double.IsNaN(_begin))
                throw new InvalidDataException($"{path}: does not say at which time it begins");
            if (_lambdas.Count > 0 && _settings.TryGetValue("mbar_states", out double stated) && (int)stated != _lambdas.Count)
                throw new InvalidDataException($"{path}: lists {_lambdas.Count} lambdas for MBAR, but mbar_states = {stated}");
            var notes = new List<string>();
            if (_section < 5)
                notes.Add($"{path}: ends before its timings: the simulation had not finished");
            int column = _lambdas.IndexOf(own);
            if (_energies.Count > 0 && column < 0)
                notes.Add($"{path}: clambda {own} is none of the lambdas considered ({string.Join(", ", _lambdas)}): their energies are not used");
            long[] blocks = _energies.Count == 0 || column < 0 ? []
                : [.. Enumerable.Range(1, _energies.Count).Select(i => i * (long)Setting("bar_intervall"))];
            long[] common = [.. blocks.Where(_gradients.ContainsKey)];
            bool hasGradients = blocks.Length == 0 || 2 * common.Length >= blocks.Length;
            long[] steps = blocks.Length == 0 ? [.. _gradients.Keys] : hasGradients ? common : blocks;
            if (steps.Length == 0)
                throw new InvalidDataException($"{path}: no step with DV/DL or MBAR energies");
            if (!hasGradients)
                notes.Add($"{path}: {common.Length} of {blocks.Length} steps with MBAR energies have DV/DL, which is not used (set ntpr = bar_intervall)");
            else if (common.Length < blocks.Length)
                notes.Add($"{path}: {blocks.Length - common.Length} of {blocks.Length} steps with MBAR energies have no DV/DL and are left out (set ntpr = bar_intervall)");
            foreach (long step in hasGradients ? steps : [])
                if (!double.IsFinite(_gradients[step]))
                    throw new InvalidDataException($"{path}: DV/DL of step {step} is not a finite number");
            return new()
            {
                Source = path,
                LambdaNames = [LambdaName],
                Temperature = kelvin,
                Times = [.. steps.Select(s => _begin + s * dt)],
                SampledStates = [own],
                StateOfRow = new int[steps.Length],
                Columns = blocks.Length == 0 ? [] : _lambdas,
                ReducedPotentials = blocks.Length == 0 ? null : Potentials(steps, column, kcal),
                Gradients = hasGradients ? [.. steps.Select(s => kcal * _gradients[s])] : null,
                Warnings = notes,
            };
        }

        /// <summary>Relative to the own state: the energy of the whole box is a constant of the row.</summary>
        private double[] Potentials(long[] steps, int own, double kcal) => [.. steps.SelectMany(s =>
        {
            double[] block = _energies[(int)(s / (long)_settings["bar_intervall"]) - 1];
            return double.IsFinite(block[own]) ? block.Select(e => kcal * (e - block[own]))
                : throw new InvalidDataException($"{path}: the energy of step {s} in its own state is not a finite number");
        })];

        private double Number(string text, int line) => text.StartsWith('*') ? double.PositiveInfinity
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value
            : throw Bad(line, $"\"{text}\" is not a number");

        private InvalidDataException Bad(int line, string reason) => new($"{path}, line {line}: {reason}");
    }
}
